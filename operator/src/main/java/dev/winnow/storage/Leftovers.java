package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.Mark.MarkedRepository;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What registries leave behind and never look at again: half-written files, the history of tags
 * whose manifests are gone, empty folders, repositories of nothing. To find it each folder must be
 * listed, and to remove a folder nobody may be about to write into it: so only while no registry
 * runs.
 */
final class Leftovers {
  /** Distribution 3.1, registry/storage/driver/filesystem: what it renames when it is whole. */
  private static final Pattern TEMPORARY = Pattern.compile(".+\\.[0-9a-f-]{36}\\.tmp");

  private static final Set<String> PARTS = Set.of("_manifests", "_layers", "_uploads");

  private final Volume volume;
  private final StoreLayout layout;
  private final Trash trash;
  private final Instant before;
  private final List<Path> files = new ArrayList<>();
  private long folders;

  /**
   * @param before what was written since is not looked at
   */
  Leftovers(Volume volume, StoreLayout layout, Trash trash, Instant before) {
    this.volume = volume;
    this.layout = layout;
    this.trash = trash;
    this.before = before;
  }

  /** Files that may go to the trash. */
  List<Path> files(Mark mark) throws IOException {
    addTemporaries(layout.blobs().resolve("sha256"));
    for (MarkedRepository repository : mark.repositories()) {
      if (repository.taint().isEmpty()) {
        for (String part : PARTS) {
          addTemporaries(layout.repository(repository.name()).resolve(part));
        }
        for (String tag : volume.namesOrNone(layout.tags(repository.name()))) {
          addHistory(repository.name(), layout.tag(repository.name(), tag));
        }
      }
    }
    return files;
  }

  private void addTemporaries(Path folder) throws IOException {
    for (String name : volume.namesOrNone(folder)) {
      Path path = folder.resolve(name);
      if (volume.isFolder(path)) {
        addTemporaries(path);
      } else if (TEMPORARY.matcher(name).matches()) {
        addIfOld(path);
      }
    }
  }

  private void addHistory(String repository, Path tag) throws IOException {
    if (!(LinkFile.read(volume, tag.resolve("current/link")) instanceof LinkFile.To current)) {
      return; // then its history is all that is known of it
    }
    Path index = tag.resolve("index");
    for (String algorithm : volume.namesOrNone(index)) {
      for (String hex : volume.namesOrNone(index.resolve(algorithm))) {
        Optional<Digest> digest = Digest.parse(algorithm + ":" + hex);
        Path link = index.resolve(algorithm).resolve(hex).resolve("link");
        if (digest.isPresent()
            && !digest.get().equals(current.digest())
            && volume.exists(link)
            && !volume.exists(layout.revision(repository, digest.get()))
            && trash.revisions(repository, digest.get()).isEmpty()) {
          addIfOld(link);
        }
      }
    }
  }

  private void addIfOld(Path file) throws IOException {
    if (volume.stat(file).lastModifiedTime().toInstant().isBefore(before)) {
      files.add(file);
    }
  }

  /** Repositories in which there is not one file, and nothing that nobody knows. */
  List<String> repositories(Mark mark) throws IOException {
    List<String> empty = new ArrayList<>();
    for (MarkedRepository repository : mark.repositories()) {
      // What is in the trash may be needed again, and is looked for from its repository.
      boolean isEmpty =
          repository.taint().isEmpty() && trash.manifests(repository.name()).isEmpty();
      for (String name : volume.namesOrNone(layout.repository(repository.name()))) {
        Path path = layout.repository(repository.name()).resolve(name);
        isEmpty &= !name.startsWith("_") || (PARTS.contains(name) && hasNoFile(path));
      }
      if (isEmpty) {
        empty.add(repository.name());
      }
    }
    return empty;
  }

  private boolean hasNoFile(Path path) throws IOException {
    if (!volume.isFolder(path)) {
      return false;
    }
    for (String name : volume.names(path)) {
      if (!hasNoFile(path.resolve(name))) {
        return false;
      }
    }
    return true;
  }

  /** Folders that were removed. */
  long folders() {
    return folders;
  }

  /**
   * Removes empty folders of digests and tags, but none that makes a repository one: distribution
   * 2.8 would not see it any more, and take what is in it for garbage.
   */
  void removeFolders(Mark mark) throws IOException {
    removeBelow(layout.blobs().resolve("sha256"));
    for (MarkedRepository repository : mark.repositories()) {
      if (repository.taint().isEmpty()) {
        removeBelow(layout.tags(repository.name()));
        for (Path links :
            List.of(layout.revisions(repository.name()), layout.layers(repository.name()))) {
          for (String algorithm : volume.namesOrNone(links)) {
            removeBelow(links.resolve(algorithm));
          }
        }
      }
    }
  }

  /** Removes the folder of a repository that has nothing left, and those above it likewise. */
  void removeRepository(String name) throws IOException {
    Path folder = layout.repository(name);
    while (!folder.equals(layout.repositories())
        && volume.isFolder(folder)
        && volume.names(folder).isEmpty()) {
      volume.unlink(folder);
      folders++;
      folder = StoreLayout.folder(folder);
    }
  }

  private boolean removeBelow(Path folder) throws IOException {
    boolean isEmpty = true;
    for (String name : volume.namesOrNone(folder)) {
      Path path = folder.resolve(name);
      if (volume.isFolder(path) && removeBelow(path)) {
        volume.unlink(path);
        folders++;
      } else {
        isEmpty = false;
      }
    }
    return isEmpty;
  }
}
