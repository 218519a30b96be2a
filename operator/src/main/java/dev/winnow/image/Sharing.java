package dev.winnow.image;

import dev.winnow.oci.Descriptor;
import dev.winnow.oci.Digest;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.Manifest;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What of an image's bytes other images have too: a registry stores each digest once, over all
 * repositories. Fed with every image of a registry; knows then what deleting the one would free.
 */
public final class Sharing {
  private final Images images;
  private final Tree image;
  private final Map<Digest, Set<String>> others = new HashMap<>();
  private final Set<String> seen = new HashSet<>();

  private Sharing(Images images, Tree image) {
    this.images = images;
    this.image = image;
  }

  /**
   * An image with all that is below it.
   *
   * @param repository where it was read
   * @param root its digest
   * @param mediaType its type
   * @param manifest its manifest
   * @param members digests of the manifests below, itself included
   * @param blobs what is stored: manifests, configs and layers, each digest once, with its type
   */
  public record Tree(
      String repository,
      Digest root,
      String mediaType,
      Manifest manifest,
      Set<Digest> members,
      Map<Digest, Descriptor> blobs) {}

  /**
   * Reads an image to look at.
   *
   * @throws IOException also when it is not there or cannot be understood
   */
  public static Sharing of(Images images, Reference reference) throws IOException {
    Tree tree =
        read(images, reference.repository(), reference.reference())
            .orElseThrow(() -> new IOException("there is no " + reference));
    return new Sharing(images, tree);
  }

  /** The image. */
  public Tree image() {
    return image;
  }

  /** Reads another tag of the registry; empty when it is gone. From any thread. */
  public Optional<Tree> read(String repository, String tag) throws IOException {
    return read(images, repository, tag);
  }

  /** Takes another image into account; the image itself under another name is none. */
  public void add(Tree other) {
    String name = other.repository() + "@" + other.root();
    boolean same =
        other.repository().equals(image.repository()) && other.root().equals(image.root());
    if (same || !seen.add(name)) {
      return;
    }
    for (Digest blob : other.blobs().keySet()) {
      if (image.blobs().containsKey(blob)) {
        others.computeIfAbsent(blob, key -> new HashSet<>()).add(name);
      }
    }
  }

  /** In how many other images a digest is. */
  public int others(Digest blob) {
    return others.getOrDefault(blob, Set.of()).size();
  }

  /** Bytes of the image. */
  public long bytes() {
    return image.blobs().values().stream().mapToLong(Descriptor::size).sum();
  }

  /** Bytes that no other image has: what deleting this one would free. */
  public long ownBytes() {
    return image.blobs().values().stream()
        .filter(blob -> others(blob.digest()) == 0)
        .mapToLong(Descriptor::size)
        .sum();
  }

  private static Optional<Tree> read(Images images, String repository, String reference)
      throws IOException {
    try {
      Optional<Images.Read> root = images.manifest(repository, reference);
      if (root.isEmpty()) {
        return Optional.empty();
      }
      Map<Digest, Descriptor> blobs = new LinkedHashMap<>();
      Set<Digest> members = new HashSet<>();
      collect(images, repository, root.get(), members, blobs);
      Images.Read read = root.get();
      return Optional.of(
          new Tree(repository, read.digest(), read.mediaType(), read.parsed(), members, blobs));
    } catch (InvalidManifestException e) {
      throw new IOException(repository + ":" + reference + ": " + e.getMessage(), e);
    }
  }

  private static void collect(
      Images images,
      String repository,
      Images.Read read,
      Set<Digest> members,
      Map<Digest, Descriptor> blobs)
      throws IOException, InvalidManifestException {
    members.add(read.digest());
    blobs.put(
        read.digest(),
        new Descriptor(read.mediaType(), read.digest(), read.bytes().length, Map.of(), ""));
    read.parsed().blobs().forEach(blob -> blobs.putIfAbsent(blob.digest(), blob));
    List<Descriptor> children = read.parsed().members();
    for (Descriptor child : children) {
      if (!members.contains(child.digest())) {
        Optional<Images.Read> below = images.manifest(repository, child.digest().text());
        if (below.isPresent()) {
          collect(images, repository, below.get(), members, blobs);
        }
      }
    }
  }
}
