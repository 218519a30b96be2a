package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.RepositoryContent.Tag;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what a repository links: tolerant, as nothing that it cannot make sense of is left out of
 * what is live. What goes away while it reads is gone; any other failure ends it.
 */
final class RepositoryReader {
  private static final Set<String> KNOWN = Set.of("_manifests", "_layers", "_uploads");
  private static final int MOST_DEPTH = 32;

  private final Volume volume;
  private final StoreLayout layout;
  private final String name;
  private final boolean isThorough;
  private final Set<Digest> revisions = new LinkedHashSet<>();
  private final Set<Digest> deleted = new LinkedHashSet<>();
  private final Map<Digest, Digest> targets = new LinkedHashMap<>();
  private final Set<Digest> layers = new LinkedHashSet<>();
  private final Map<Digest, Digest> aliases = new LinkedHashMap<>();
  private final Map<Digest, Digest> layerTargets = new LinkedHashMap<>();
  private final Set<Digest> others = new LinkedHashSet<>();
  private final List<String> taints = new ArrayList<>();
  private final List<String> remarks = new ArrayList<>();

  private RepositoryReader(Volume volume, StoreLayout layout, String name, boolean isThorough) {
    this.isThorough = isThorough;
    this.volume = volume;
    this.layout = layout;
    this.name = name;
  }

  /**
   * Reads one.
   *
   * @param isThorough whether to read the link of each layer, which takes longer than all the rest
   */
  static RepositoryContent read(
      Volume volume, StoreLayout layout, RepositoryName repository, boolean isThorough)
      throws IOException {
    RepositoryReader reader = new RepositoryReader(volume, layout, repository.name(), isThorough);
    repository.oddity().ifPresent(reader.taints::add);
    return reader.read(repository.folders());
  }

  private RepositoryContent read(Set<String> folders) throws IOException {
    // A push writes the revision first and the tag last: whatever is tagged between the two
    // readings of the tags is seen by one of them, or its revision is.
    Set<Tag> tags = new LinkedHashSet<>(readTags(true));
    readRevisions();
    readLayers();
    for (String folder : folders) {
      if (!KNOWN.contains(folder)) {
        remark(layout.repository(name).resolve(folder), "is a folder that nobody knows");
        collect(layout.repository(name).resolve(folder), MOST_DEPTH);
      }
    }
    tags.addAll(readTags(false));
    return new RepositoryContent(
        name,
        List.copyOf(tags),
        revisions,
        deleted,
        targets,
        layers,
        aliases,
        layerTargets,
        others,
        taints,
        remarks);
  }

  private void remark(Path path, String what) {
    remarks.add(layout.root().relativize(path) + " " + what);
  }

  /** The names in a folder; none where there is no such folder. */
  private List<String> names(Path folder) throws IOException {
    return volume.namesOrNone(folder);
  }

  private List<Tag> readTags(boolean first) throws IOException {
    Path folder = layout.tags(name);
    List<Tag> tags = new ArrayList<>();
    for (String tag : names(folder)) {
      readTag(folder.resolve(tag), tag, first).ifPresent(tags::add);
    }
    return tags;
  }

  private Optional<Tag> readTag(Path folder, String tag, boolean first) throws IOException {
    Path link = folder.resolve("current/link");
    LinkFile read = LinkFile.read(volume, link);
    if (read instanceof LinkFile.To(Digest digest)) {
      return Optional.of(new Tag(tag, digest, Set.of(digest)));
    }
    return readOddTag(folder, tag, link, read, first);
  }

  private Optional<Tag> readOddTag(Path folder, String tag, Path link, LinkFile read, boolean first)
      throws IOException {
    switch (read) {
      case LinkFile.To exact -> throw new IllegalArgumentException("is not odd: " + exact);
      case LinkFile.Loosely(Digest digest) -> remarkOnce(first, link, "has more than a digest");
      case LinkFile.Unreadable(String what) -> remarkOnce(first, link, what);
      case LinkFile.Missing missing -> {
        if (!volume.isFolder(folder)) {
          return Optional.empty(); // a stray file, or gone meanwhile
        }
      }
    }
    // Being written, or what a crash left: whatever the tag has pointed to may be what it says.
    Set<Digest> roots = new LinkedHashSet<>();
    read.said().ifPresent(roots::add);
    for (String algorithm : names(folder.resolve("index"))) {
      for (String hex : names(folder.resolve("index").resolve(algorithm))) {
        addHistory(roots, algorithm + ":" + hex, folder.resolve("index"));
      }
    }
    return Optional.of(new Tag(tag, null, roots));
  }

  /** A folder without a link is what a registry leaves of a tag that it deletes. */
  private void addHistory(Set<Digest> roots, String name, Path index) throws IOException {
    Optional<Digest> digest = Digest.parse(name);
    if (digest.isPresent()) {
      LinkFile link = LinkFile.read(volume, StoreLayout.linkIn(index, digest.get()));
      if (!(link instanceof LinkFile.Missing)) {
        roots.add(digest.get());
        link.said().ifPresent(roots::add);
      }
    }
  }

  private void remarkOnce(boolean first, Path path, String what) {
    if (first) {
      remark(path, what);
    }
  }

  private void readRevisions() throws IOException {
    Path folder = layout.revisions(name);
    for (String algorithm : names(folder)) {
      for (String hex : names(folder.resolve(algorithm))) {
        Optional<Digest> digest = Digest.parse(algorithm + ":" + hex);
        Path link = folder.resolve(algorithm + "/" + hex + "/link");
        if (digest.isEmpty()) {
          remark(StoreLayout.folder(link), "is no digest");
        } else {
          readRevision(digest.get(), link);
        }
      }
    }
  }

  private void readRevision(Digest digest, Path link) throws IOException {
    LinkFile read = LinkFile.read(volume, link);
    if (read instanceof LinkFile.Missing) {
      deleted.add(digest);
      return;
    }
    revisions.add(digest);
    if (!(read instanceof LinkFile.To(Digest same) && same.equals(digest))) {
      // The registry follows what is written; a person may mend it to what the path says.
      read.said().ifPresentOrElse(said -> said(digest, said), () -> others.add(digest));
      remark(link, "does not say its own digest");
    }
  }

  private void said(Digest digest, Digest said) {
    if (!said.equals(digest)) {
      targets.put(digest, said);
    }
  }

  private void readLayers() throws IOException {
    Path folder = layout.layers(name);
    for (String algorithm : names(folder)) {
      for (String hex : names(folder.resolve(algorithm))) {
        Optional<Digest> digest = Digest.parse(algorithm + ":" + hex);
        if (digest.isEmpty()) {
          remark(folder.resolve(algorithm).resolve(hex), "is no digest");
        } else if (algorithm.equals("sha256")) {
          layers.add(digest.get());
          if (isThorough) {
            readLayer(digest.get());
          }
        } else {
          readAlias(digest.get());
        }
      }
    }
  }

  private void readLayer(Digest digest) throws IOException {
    LinkFile.read(volume, layout.layer(name, digest))
        .said()
        .filter(said -> !said.equals(digest))
        .ifPresent(said -> layerTargets.put(digest, said));
  }

  /**
   * Distribution stores each blob by its sha256 and lets other digests lead there
   * (registry/storage/linkedblobstore.go, linkBlob).
   */
  private void readAlias(Digest digest) throws IOException {
    Path link = layout.layer(name, digest);
    LinkFile read = LinkFile.read(volume, link);
    read.said().ifPresent(target -> aliases.put(digest, target));
    if (read instanceof LinkFile.Unreadable(String what)) {
      // Which blob it stands for is not known: it may be any that the repository links.
      taints.add(layout.root().relativize(link) + " " + what);
    }
  }

  /** Digests of all links below a folder, whatever it is. */
  private void collect(Path folder, int depth) throws IOException {
    for (String entry : names(folder)) {
      Path path = folder.resolve(entry);
      Digest.parse("sha256:" + entry).ifPresent(others::add);
      if (entry.equals("link")) {
        LinkFile.read(volume, path).said().ifPresent(others::add);
      } else if (depth > 0 && volume.isFolder(path)) {
        collect(path, depth - 1);
      } else if (depth == 0) {
        taints.add(layout.root().relativize(path) + " lies too deep to be looked at");
      }
    }
  }
}
