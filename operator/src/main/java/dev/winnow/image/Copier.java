package dev.winnow.image;

import dev.winnow.oci.Descriptor;
import dev.winnow.oci.Digest;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.Manifest;
import dev.winnow.oci.ManifestParser;
import dev.winnow.oci.ReferrerTag;
import dev.winnow.registry.BlobStream;
import dev.winnow.registry.ReferrerList;
import dev.winnow.registry.RegistryClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Copies an image from one registry to another: what is below an index first, then the manifest,
 * then what refers to it. Content that the destination has is not sent; where both are one registry
 * it is mounted.
 */
public final class Copier {
  private static final List<String> COSIGN = List.of(".sig", ".att", ".sbom");

  private final RegistryClient source;
  private final RegistryClient destination;
  private final Manifests manifests;
  private final boolean sameRegistry;
  private final Consumer<String> progress;
  private final Set<Digest> copied = new HashSet<>();
  private int manifestsCopied;
  private int blobsUploaded;
  private int blobsMounted;
  private int blobsThere;
  private long bytesUploaded;

  /**
   * @param sameRegistry whether both clients are of one registry, so that blobs can be mounted
   * @param progress told what is copied now
   */
  public Copier(
      RegistryClient source,
      RegistryClient destination,
      boolean sameRegistry,
      Consumer<String> progress) {
    this.source = source;
    this.destination = destination;
    this.manifests = new Manifests(source);
    this.sameRegistry = sameRegistry;
    this.progress = progress;
  }

  /**
   * What was copied.
   *
   * @param digest digest of the image
   * @param manifests manifests, referrers' too
   * @param uploaded blobs that were sent
   * @param mounted blobs that the destination took over from another of its repositories
   * @param there blobs that were there
   * @param bytes bytes that were sent
   */
  public record Copied(
      Digest digest, int manifests, int uploaded, int mounted, int there, long bytes) {}

  /**
   * Copies an image; what fails leaves nothing under the destination's tag that is not whole.
   *
   * @throws IOException also when there is no such image
   */
  public Copied copy(Reference from, Reference to) throws IOException {
    Digest digest =
        tree(from.repository(), from.reference(), to.repository(), to.reference())
            .orElseThrow(() -> new IOException("there is no " + from + " in " + from.registry()));
    return new Copied(
        digest, manifestsCopied, blobsUploaded, blobsMounted, blobsThere, bytesUploaded);
  }

  /** Copies a manifest, what it names, and what refers to it; empty when it is not there. */
  private Optional<Digest> tree(
      String fromRepository, String reference, String toRepository, String toReference)
      throws IOException {
    Optional<Images.Read> read = read(fromRepository, reference);
    if (read.isEmpty()) {
      return Optional.empty();
    }
    Images.Read manifest = read.get();
    if (copied.add(manifest.digest())) {
      for (Descriptor member : manifest.parsed().members()) {
        String digest = member.digest().text();
        if (tree(fromRepository, digest, toRepository, digest).isEmpty()) {
          progress.accept("member " + digest + " is not at the source; left out");
        }
      }
      for (Descriptor blob : manifest.parsed().blobs().toList()) {
        blob(fromRepository, toRepository, blob);
      }
    }
    destination.putManifest(toRepository, toReference, manifest.bytes(), manifest.mediaType());
    manifestsCopied++;
    referrers(fromRepository, toRepository, manifest.digest());
    return Optional.of(manifest.digest());
  }

  private Optional<Images.Read> read(String repository, String reference) throws IOException {
    try {
      return manifests.read(repository, reference);
    } catch (InvalidManifestException e) {
      throw new IOException(repository + ":" + reference + ": " + e.getMessage(), e);
    }
  }

  private void blob(String fromRepository, String toRepository, Descriptor blob)
      throws IOException {
    Digest digest = blob.digest();
    if (!copied.add(digest)) {
      return;
    }
    if (destination.blobExists(toRepository, digest)) {
      blobsThere++;
      return;
    }
    if (sameRegistry && destination.mountBlob(toRepository, fromRepository, digest)) {
      blobsMounted++;
      return;
    }
    progress.accept("blob " + digest + ", " + blob.size() + " bytes");
    long size = size(fromRepository, blob);
    if (size < 0) {
      return; // a layer that registries need not have
    }
    destination.uploadBlob(
        toRepository,
        digest,
        size,
        () ->
            switch (source.openBlob(fromRepository, digest)) {
              case BlobStream.Found found -> found.stream();
              case BlobStream.NotFound gone ->
                  throw new IOException("blob " + digest + " is not at the source any more");
            });
    blobsUploaded++;
    bytesUploaded += size;
  }

  /** The blob's length; -1 for a foreign layer that is not there. */
  private long size(String repository, Descriptor blob) throws IOException {
    boolean foreign =
        blob.mediaType().contains(".foreign.") || blob.mediaType().contains("nondistributable");
    if (source.blobExists(repository, blob.digest())) {
      return blob.size();
    }
    if (foreign) {
      return -1;
    }
    throw new IOException("blob " + blob.digest() + " of the image is not at the source");
  }

  private void referrers(String fromRepository, String toRepository, Digest subject)
      throws IOException {
    for (String suffix : COSIGN) {
      String tag = ReferrerTag.fallbackFor(subject) + suffix;
      tree(fromRepository, tag, toRepository, tag);
    }
    if (source.referrers(fromRepository, subject) instanceof ReferrerList.Found found) {
      List<Descriptor> referrers = new ArrayList<>();
      for (byte[] index : found.indexes()) {
        referrers.addAll(parse(index).members());
      }
      for (Descriptor referrer : referrers) {
        String digest = referrer.digest().text();
        tree(fromRepository, digest, toRepository, digest);
      }
      if (!referrers.isEmpty()) {
        list(toRepository, subject, found.indexes());
      }
    }
  }

  /** Where the destination has no Referrers API, adds the referrers to the fallback tag's index. */
  private void list(String repository, Digest subject, List<byte[]> indexes) throws IOException {
    Map<String, byte[]> there = new LinkedHashMap<>();
    if (destination.referrers(repository, subject) instanceof ReferrerList.Found found) {
      if (found.source() == ReferrerList.Source.API) {
        return;
      }
      found.indexes().forEach(index -> there.put(Digest.sha256(index).text(), index));
    }
    List<byte[]> all = new ArrayList<>(there.values());
    all.addAll(indexes);
    byte[] merged = ReferrerIndex.merge(all);
    destination.putManifest(
        repository, ReferrerTag.fallbackFor(subject), merged, ReferrerIndex.MEDIA_TYPE);
    manifestsCopied++;
  }

  private static Manifest parse(byte[] index) throws IOException {
    try {
      return ManifestParser.parse(index);
    } catch (InvalidManifestException e) {
      throw new IOException("the list of referrers cannot be understood: " + e.getMessage(), e);
    }
  }
}
