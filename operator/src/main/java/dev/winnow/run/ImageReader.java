package dev.winnow.run;

import dev.winnow.oci.Descriptor;
import dev.winnow.oci.Digest;
import dev.winnow.oci.ImageConfig;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.Manifest;
import dev.winnow.oci.ManifestParser;
import dev.winnow.oci.MediaTypes;
import dev.winnow.retention.Detail;
import dev.winnow.retention.ImageFacts;
import dev.winnow.retention.ImageFacts.Labels;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Reads what a tag points to, as deep as is asked, for one repository. What belongs to a digest is
 * read once; it never changes.
 */
final class ImageReader {
  private final String repository;
  private final ImageSource source;
  private final DigestFacts facts;

  /** Manifests that came with a tag: reading deeper does not fetch them again. */
  private final Map<Digest, Sized> manifests = new ConcurrentHashMap<>();

  /** What was read of each digest: tags that share one share this. */
  private final Map<Digest, ImageFacts> images = new ConcurrentHashMap<>();

  /** What is stored for each manifest that was read: for the estimate of reclaimable bytes. */
  private final Map<Digest, Map<Digest, Long>> blobs = new ConcurrentHashMap<>();

  ImageReader(String repository, ImageSource source, DigestFacts facts) {
    this.repository = repository;
    this.source = source;
    this.facts = facts;
  }

  /**
   * Reads a tag.
   *
   * @return empty when there is no such tag
   */
  Optional<ImageFacts> read(String tag, Detail detail) throws IOException {
    if (detail == Detail.DIGEST) {
      return source.head(repository, tag).map(ImageReader::ofHead);
    }
    Optional<ImageSource.Fetched> fetched = source.manifest(repository, tag);
    if (fetched.isEmpty()) {
      return Optional.empty();
    }
    Digest digest = fetched.get().digest();
    if (!manifests.containsKey(digest)) {
      manifests.put(digest, sized(fetched.get(), tag));
    }
    return Optional.of(deepen(digest, detail));
  }

  /** Reads more of an image whose digest is known. */
  ImageFacts deepen(Digest digest, Detail detail) throws IOException {
    ImageFacts known = images.get(digest);
    if (known != null && known.detail().covers(detail)) {
      return known;
    }
    Sized manifest = manifests.get(digest);
    if (manifest == null) {
      ImageSource.Fetched found =
          facts
              .manifest(repository, digest, source)
              .orElseThrow(
                  () -> new IOException("manifest " + digest + " has a tag but is not there"));
      manifest = sized(found, digest.text());
      manifests.put(digest, manifest);
    }
    Tree tree = new Tree(digest, manifest, detail);
    tree.read();
    blobs.put(digest, tree.stored);
    images.put(digest, tree.facts());
    return tree.facts();
  }

  /** What is stored for the image, each digest once; empty when its manifest was not read. */
  Map<Digest, Long> blobsOf(Digest digest) {
    return blobs.getOrDefault(digest, Map.of());
  }

  private static ImageFacts ofHead(ImageSource.Head head) {
    return ImageFacts.ofDigest(head.digest(), !MediaTypes.isImageManifest(head.mediaType()));
  }

  /**
   * @param manifest the manifest
   * @param bytes its length
   */
  private record Sized(Manifest manifest, int bytes) {}

  private static Sized sized(ImageSource.Fetched fetched, String reference) throws IOException {
    return new Sized(parse(fetched.bytes(), reference), fetched.bytes().length);
  }

  private static Manifest parse(byte[] bytes, String reference) throws IOException {
    try {
      return ManifestParser.parse(bytes);
    } catch (InvalidManifestException e) {
      throw new IOException(
          "manifest " + reference + " cannot be understood: " + e.getMessage(), e);
    }
  }

  /** An image, or an index with what is below it. */
  private final class Tree {
    private final Digest digest;
    private final Manifest root;
    private final Detail detail;
    private final Set<Digest> members = new HashSet<>();
    private final List<Instant> created = new ArrayList<>();
    private final List<Labels> labels = new ArrayList<>();
    private final Map<Digest, Long> stored = new HashMap<>();
    private boolean complete = true;

    Tree(Digest digest, Sized root, Detail detail) {
      this.digest = digest;
      this.root = root.manifest();
      this.detail = detail;
      stored.put(digest, (long) root.bytes());
    }

    void read() throws IOException {
      if (root.isIndex()) {
        labels.add(new Labels(List.of(root.annotations())));
        readMembers(root, List.of(root.annotations()), new HashSet<>(Set.of(digest)));
      } else {
        readImage(root, List.of());
      }
    }

    ImageFacts facts() {
      long bytes = stored.values().stream().mapToLong(Long::longValue).sum();
      return new ImageFacts(
          detail == Detail.MANIFEST && !hasIndexes() ? Detail.CLOSURE : detail,
          digest,
          root.isIndex(),
          root.subject() == null ? null : root.subject().digest(),
          members,
          created,
          labels,
          complete ? bytes : null);
    }

    /** Without indexes inside, the manifest alone tells all members. */
    private boolean hasIndexes() {
      return root.members().stream().anyMatch(Tree::maybeIndex);
    }

    private static boolean maybeIndex(Descriptor member) {
      return !MediaTypes.isImageManifest(member.mediaType());
    }

    private void readMembers(
        Manifest index, List<Map<String, String>> annotations, Set<Digest> seen)
        throws IOException {
      for (Descriptor member : index.members()) {
        members.add(member.digest());
        if (!seen.add(member.digest())) {
          continue; // listed twice, or in two indexes
        }
        boolean wanted =
            detail == Detail.CONTENT || (detail == Detail.CLOSURE && maybeIndex(member));
        if (!wanted) {
          complete = false;
          continue;
        }
        readMember(member, annotations, seen);
      }
    }

    private void readMember(
        Descriptor member, List<Map<String, String>> annotations, Set<Digest> seen)
        throws IOException {
      Optional<ImageSource.Fetched> found = facts.manifest(repository, member.digest(), source);
      if (found.isEmpty()) {
        return; // a sparse index: this platform was never pushed here
      }
      stored.put(member.digest(), (long) found.get().bytes().length);
      Manifest manifest = parse(found.get().bytes(), member.digest().text());
      if (manifest.isIndex()) {
        List<Map<String, String>> all = new ArrayList<>(annotations);
        all.add(manifest.annotations());
        readMembers(manifest, all, seen);
      } else if (member.isAttestation()) {
        manifest.blobs().forEach(blob -> stored.put(blob.digest(), blob.size()));
      } else {
        readImage(manifest, annotations);
      }
    }

    private void readImage(Manifest manifest, List<Map<String, String>> annotations)
        throws IOException {
      manifest.blobs().forEach(blob -> stored.put(blob.digest(), blob.size()));
      if (detail != Detail.CONTENT) {
        return;
      }
      List<Map<String, String>> sources = new ArrayList<>(annotations);
      sources.add(manifest.annotations());
      Descriptor config = manifest.config();
      if (config != null && MediaTypes.isImageConfig(config.mediaType())) {
        ImageConfig read = facts.config(repository, config.digest(), source);
        if (read.created() != null) {
          created.add(read.created());
        }
        sources.add(read.labels());
      }
      labels.add(new Labels(sources));
    }
  }
}
