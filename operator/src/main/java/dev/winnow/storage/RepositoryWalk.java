package dev.winnow.storage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Finds the repositories of a store: each folder that has an entry that begins with an underscore.
 * Neither {@code _layers} nor {@code _manifests} alone makes one, as for distribution's own
 * collectors, which lose what they do not see.
 */
final class RepositoryWalk {
  private static final int MOST_DEPTH = 128;

  private final Volume volume;
  private final StoreLayout layout;
  private final List<RepositoryName> found = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();
  private final Set<Path> links = new HashSet<>();
  private final Set<Path> followed = new HashSet<>();

  RepositoryWalk(Volume volume, StoreLayout layout) {
    this.volume = volume;
    this.layout = layout;
  }

  /**
   * Walks the whole tree.
   *
   * @return the repositories by name
   * @throws IOException when a folder cannot be read: what is in there is not known then
   */
  List<RepositoryName> walk() throws IOException {
    walk(layout.repositories(), "", Optional.empty(), 0);
    if (!followed.isEmpty()) {
      found.replaceAll(this::orLinked);
    }
    found.sort((a, b) -> a.name().compareTo(b.name()));
    return found;
  }

  /** What a symbolic link leads to is a repository of two names, and needed under both. */
  private RepositoryName orLinked(RepositoryName repository) {
    Path path = layout.repository(repository.name()).toAbsolutePath();
    boolean isLinked = followed.stream().anyMatch(link -> isWithin(path, link));
    return repository.oddity().isPresent() || !isLinked
        ? repository
        : new RepositoryName(
            repository.name(),
            repository.folders(),
            Optional.of(repository.name() + " is reached by a symbolic link, too"));
  }

  private static boolean isWithin(Path path, Path link) {
    try {
      return path.toRealPath().startsWith(link);
    } catch (IOException e) {
      return true; // nobody knows
    }
  }

  /** What was passed over. */
  List<String> remarks() {
    return remarks;
  }

  private void walk(Path folder, String name, Optional<String> oddity, int depth)
      throws IOException {
    Set<String> special = new TreeSet<>();
    Optional<String> odd = oddity;
    for (String entry : volume.namesOrNone(folder)) {
      Path path = folder.resolve(entry);
      Optional<Kind> kind = kind(path);
      if (kind.isEmpty()) {
        continue; // gone meanwhile
      }
      boolean isHidden = entry.startsWith(".") || entry.equals("lost+found");
      if (kind.get() == Kind.OTHER || isHidden) {
        remarks.add(layout.root().relativize(path) + " is nothing of a registry's; passed over");
      } else if (entry.startsWith("_")) {
        special.add(entry);
        if (kind.get() == Kind.LINK) {
          odd = Optional.of(layout.root().relativize(path) + " is a symbolic link");
        }
      } else {
        descend(path, name.isEmpty() ? entry : name + "/" + entry, kind.get(), oddity, depth);
      }
    }
    if (!special.isEmpty() && !name.isEmpty()) {
      found.add(new RepositoryName(name, special, odd));
    } else if (!special.isEmpty()) {
      remarks.add(special + " in repositories belong to no repository; passed over");
    }
  }

  private void descend(Path path, String name, Kind kind, Optional<String> above, int depth)
      throws IOException {
    if (depth >= MOST_DEPTH) {
      throw new IOException(path + ": more than " + MOST_DEPTH + " folders deep");
    }
    Optional<String> oddity = above;
    if (kind == Kind.LINK) {
      Path real = path.toRealPath();
      if (!links.add(real) || path.startsWith(real)) {
        return; // a loop, or seen by another link
      }
      followed.add(real);
      oddity = Optional.of(name + " is reached by a symbolic link");
    }
    walk(path, name, oddity, depth + 1);
  }

  private enum Kind {
    FOLDER,
    LINK,
    OTHER
  }

  private Optional<Kind> kind(Path path) throws IOException {
    BasicFileAttributes attributes;
    try {
      attributes = volume.stat(path);
    } catch (NoSuchFileException e) {
      return Optional.empty();
    }
    if (attributes.isDirectory()) {
      return Optional.of(Kind.FOLDER);
    }
    if (!attributes.isSymbolicLink()) {
      return Optional.of(Kind.OTHER);
    }
    Volume.refuseLinkToNowhere(path);
    return Optional.of(Files.isDirectory(path) ? Kind.LINK : Kind.OTHER);
  }
}
