package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/** What passes took out of the store and nobody has purged, as it was when this one began. */
final class Trash {
  /** Something in the trash, and where it belongs. */
  sealed interface Item {
    Path path();

    TrashFolder folder();

    Path home(StoreLayout layout);
  }

  /** The data of a digest. */
  record Blob(Digest digest, long size, Path path, TrashFolder folder) implements Item {
    @Override
    public Path home(StoreLayout layout) {
      return layout.blob(digest);
    }
  }

  /** The link by which a repository has a manifest. */
  record Revision(String repository, Digest digest, Path path, TrashFolder folder) implements Item {
    @Override
    public Path home(StoreLayout layout) {
      return layout.revision(repository, digest);
    }
  }

  /** The link by which a repository has a layer. */
  record Layer(String repository, Digest digest, Path path, TrashFolder folder) implements Item {
    @Override
    public Path home(StoreLayout layout) {
      return layout.layer(repository, digest);
    }
  }

  /** The folder of a tag. */
  record Tag(String repository, String name, Path path, TrashFolder folder) implements Item {
    @Override
    public Path home(StoreLayout layout) {
      return layout.tag(repository, name);
    }
  }

  /** The folder of an upload that was never finished. */
  record Upload(String repository, String id, Path path, TrashFolder folder) implements Item {
    @Override
    public Path home(StoreLayout layout) {
      return layout.uploads(repository).resolve(id);
    }
  }

  /** A file that a registry has left behind. */
  record Leaf(Path relative, Path path, TrashFolder folder) implements Item {
    @Override
    public Path home(StoreLayout layout) {
      return layout.v2().resolve(relative);
    }
  }

  /** A folder of a repository that has nothing left. */
  record Emptied(String repository, Path path, TrashFolder folder) implements Item {
    @Override
    public Path home(StoreLayout layout) {
      return layout.repository(repository).resolve(path.getFileName());
    }
  }

  private record Link(String repository, Digest digest) {}

  private final Volume volume;
  private final List<TrashFolder> folders = new ArrayList<>();
  private final Map<TrashFolder, Instant> started = new HashMap<>();
  private final Map<Digest, List<Blob>> blobs = new HashMap<>();
  private final Map<Link, List<Revision>> revisions = new HashMap<>();
  private final Map<Link, List<Layer>> layers = new HashMap<>();
  private final Map<String, Set<Digest>> manifests = new HashMap<>();
  private final List<Tag> tags = new ArrayList<>();
  private final List<Upload> uploads = new ArrayList<>();
  private final List<Item> others = new ArrayList<>();

  private Trash(Volume volume) {
    this.volume = volume;
  }

  /** Reads all folders, the newest first. */
  static Trash read(Volume volume, StoreLayout layout) throws IOException {
    Trash trash = new Trash(volume);
    for (TrashFolder folder : folders(volume, layout)) {
      trash.folders.add(folder);
      trash.started.put(folder, folder.started(volume));
      trash.readBlobs(volume, folder);
      trash.readRepositories(volume, folder, folder.repositories(), "");
      trash.readFiles(folder, folder.files());
      trash.readEmptied(folder, folder.emptied(), "");
    }
    return trash;
  }

  /** The folders of all passes, the newest first. */
  static List<TrashFolder> folders(Volume volume, StoreLayout layout) throws IOException {
    return volume.namesOrNone(layout.trash()).stream()
        .sorted(Comparator.reverseOrder())
        .map(name -> TrashFolder.of(layout.trash().resolve(name)))
        .toList();
  }

  private void readBlobs(Volume volume, TrashFolder folder) throws IOException {
    for (String hex : volume.namesOrNone(folder.blobs())) {
      Optional<Digest> digest = Digest.parse("sha256:" + hex);
      if (digest.isPresent()) {
        Path path = folder.blobs().resolve(hex);
        blobs
            .computeIfAbsent(digest.get(), key -> new ArrayList<>(1))
            .add(new Blob(digest.get(), volume.stat(path).size(), path, folder));
      }
    }
  }

  private void readRepositories(Volume volume, TrashFolder folder, Path path, String name)
      throws IOException {
    for (String entry : volume.namesOrNone(path)) {
      Path below = path.resolve(entry);
      switch (entry) {
        case "_manifests" -> {
          for (Map.Entry<Digest, Path> link : links(volume, below.resolve("revisions"))) {
            revisions
                .computeIfAbsent(new Link(name, link.getKey()), key -> new ArrayList<>(1))
                .add(new Revision(name, link.getKey(), link.getValue(), folder));
            manifests.computeIfAbsent(name, key -> new LinkedHashSet<>()).add(link.getKey());
          }
          for (String tag : volume.namesOrNone(below.resolve("tags"))) {
            tags.add(new Tag(name, tag, below.resolve("tags").resolve(tag), folder));
          }
        }
        case "_layers" -> {
          for (Map.Entry<Digest, Path> link : links(volume, below)) {
            layers
                .computeIfAbsent(new Link(name, link.getKey()), key -> new ArrayList<>(1))
                .add(new Layer(name, link.getKey(), link.getValue(), folder));
          }
        }
        case "_uploads" -> {
          for (String id : volume.namesOrNone(below)) {
            uploads.add(new Upload(name, id, below.resolve(id), folder));
          }
        }
        default ->
            readRepositories(volume, folder, below, name.isEmpty() ? entry : name + "/" + entry);
      }
    }
  }

  private void readFiles(TrashFolder folder, Path path) throws IOException {
    for (String name : volume.namesOrNone(path)) {
      Path below = path.resolve(name);
      if (volume.isFolder(below)) {
        readFiles(folder, below);
      } else {
        others.add(new Leaf(folder.files().relativize(below), below, folder));
      }
    }
  }

  private void readEmptied(TrashFolder folder, Path path, String name) throws IOException {
    for (String entry : volume.namesOrNone(path)) {
      Path below = path.resolve(entry);
      if (entry.startsWith("_")) {
        others.add(new Emptied(name, below, folder));
      } else {
        readEmptied(folder, below, name.isEmpty() ? entry : name + "/" + entry);
      }
    }
  }

  private static List<Map.Entry<Digest, Path>> links(Volume volume, Path folder)
      throws IOException {
    List<Map.Entry<Digest, Path>> links = new ArrayList<>();
    for (String algorithm : volume.namesOrNone(folder)) {
      for (String hex : volume.namesOrNone(folder.resolve(algorithm))) {
        Digest.parse(algorithm + ":" + hex)
            .ifPresent(
                digest -> links.add(Map.entry(digest, folder.resolve(algorithm).resolve(hex))));
      }
    }
    return links;
  }

  List<TrashFolder> folders() {
    return folders;
  }

  /** The data of a digest, newest first; copies that have left the trash since are not told. */
  List<Blob> blobs(Digest digest) throws IOException {
    return there(blobs.getOrDefault(digest, List.of()));
  }

  List<Revision> revisions(String repository, Digest digest) throws IOException {
    return there(revisions.getOrDefault(new Link(repository, digest), List.of()));
  }

  List<Layer> layers(String repository, Digest digest) throws IOException {
    return there(layers.getOrDefault(new Link(repository, digest), List.of()));
  }

  private <T extends Item> List<T> there(List<T> items) throws IOException {
    List<T> there = new ArrayList<>(items.size());
    for (T item : items) {
      if (volume.exists(item.path())) {
        there.add(item);
      }
    }
    return there;
  }

  /** Manifests that a repository has had, whose links were in the trash when it was read. */
  Set<Digest> manifests(String repository) {
    return manifests.getOrDefault(repository, Set.of());
  }

  /**
   * When the pass began, by the clock of the volume, that took an item: what was written since was
   * written meanwhile.
   */
  Instant started(Item item) {
    return Objects.requireNonNull(started.get(item.folder()), "an item of this trash");
  }

  /** Whether any folder has the data of a digest. */
  boolean holds(Digest digest) {
    return blobs.containsKey(digest);
  }

  /** All of a folder that is there still. */
  List<Item> items(TrashFolder folder) throws IOException {
    return there(all().filter(item -> item.folder().equals(folder)).toList());
  }

  /** All of it that is there still. */
  List<Item> items() throws IOException {
    return there(all().toList());
  }

  private Stream<Item> all() {
    return Stream.of(
            blobs.values().stream().flatMap(List::stream),
            revisions.values().stream().flatMap(List::stream),
            layers.values().stream().flatMap(List::stream),
            tags.stream(),
            uploads.stream(),
            others.stream())
        .flatMap(each -> each);
  }
}
