package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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

  private record Link(String repository, Digest digest) {}

  private final List<TrashFolder> folders = new ArrayList<>();
  private final Map<Digest, List<Blob>> blobs = new HashMap<>();
  private final Map<Link, List<Revision>> revisions = new HashMap<>();
  private final Map<Link, List<Layer>> layers = new HashMap<>();
  private final List<Tag> tags = new ArrayList<>();
  private final List<Upload> uploads = new ArrayList<>();

  private Trash() {}

  /** Reads all folders, the newest first. */
  static Trash read(Volume volume, StoreLayout layout) throws IOException {
    Trash trash = new Trash();
    for (TrashFolder folder : folders(volume, layout)) {
      trash.folders.add(folder);
      trash.readBlobs(volume, folder);
      trash.readRepositories(volume, folder, folder.repositories(), "");
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
  List<Blob> blobs(Digest digest) {
    return blobs.getOrDefault(digest, List.of()).stream()
        .filter(blob -> Files.exists(blob.path()))
        .toList();
  }

  List<Revision> revisions(String repository, Digest digest) {
    return revisions.getOrDefault(new Link(repository, digest), List.of()).stream()
        .filter(each -> Files.exists(each.path()))
        .toList();
  }

  List<Layer> layers(String repository, Digest digest) {
    return layers.getOrDefault(new Link(repository, digest), List.of()).stream()
        .filter(each -> Files.exists(each.path()))
        .toList();
  }

  /** Tags of any folder that are there still. */
  List<Tag> tags() {
    return tags.stream().filter(tag -> Files.exists(tag.path())).toList();
  }

  /** Whether any folder has the data of a digest. */
  boolean holds(Digest digest) {
    return blobs.containsKey(digest);
  }

  /** All of a folder that is there still. */
  List<Item> items(TrashFolder folder) {
    return Stream.of(
            blobs.values().stream().flatMap(List::stream),
            revisions.values().stream().flatMap(List::stream),
            layers.values().stream().flatMap(List::stream),
            tags.stream(),
            uploads.stream())
        .<Item>flatMap(each -> each)
        .filter(item -> item.folder().equals(folder) && Files.exists(item.path()))
        .toList();
  }

  boolean isEmpty() {
    return folders.isEmpty();
  }
}
