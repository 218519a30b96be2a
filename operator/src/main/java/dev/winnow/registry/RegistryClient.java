package dev.winnow.registry;

import dev.winnow.oci.Digest;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * Client of one registry. Source: OCI distribution spec 1.1.
 *
 * <p>May be used by many threads; virtual ones are meant. Each method returns after its retries. It
 * throws {@link RegistryException} when there is no usable answer, and when its thread is
 * interrupted.
 */
public final class RegistryClient implements AutoCloseable {
  private final Transport transport;
  private final Paths paths;
  private final Listing listing;
  private final Manifests manifests;
  private final Blobs blobs;
  private final Deletion deletion;

  /**
   * @param endpoint the registry
   * @param limits shared by all clients of a process, so that a host is not asked too much by
   *     several of them
   * @throws IllegalArgumentException when the endpoint's CA bundle holds no certificate
   */
  public RegistryClient(RegistryEndpoint endpoint, HostLimits limits) {
    this.transport = new Transport(endpoint, limits);
    this.paths = new Paths(endpoint.base());
    this.listing = new Listing(transport, paths);
    this.manifests = new Manifests(transport, paths);
    this.blobs = new Blobs(transport, paths);
    this.deletion = new Deletion(transport, paths, listing, endpoint.retry().attempts());
  }

  /** Returns when the address is a registry's and lets us in. */
  public void ping() throws RegistryException {
    Reply reply =
        transport.succeed(
            Call.get(Operation.PING, paths.root(), Access.ANY, "application/json", Call.ERROR));
    if (reply.isWebPage()) {
      throw Faults.webPage(reply);
    }
  }

  /**
   * Gives each repository's name to the sink, page by page, in the registry's order; but for the
   * one that is Winnow's own.
   *
   * @throws RegistryException also when the list breaks off in the middle
   */
  public Catalog catalog(Consumer<String> sink) throws RegistryException {
    return listing.catalog(sink);
  }

  /** The tags of a repository, of all pages. */
  public TagList tags(String repository) throws RegistryException {
    return listing.tags(repository);
  }

  /**
   * What a tag or digest stands for, without its bytes; where a registry does not say its digest,
   * the bytes are read.
   */
  public ManifestHead head(String repository, String reference) throws RegistryException {
    return manifests.head(repository, reference);
  }

  /** The manifest under a tag or digest, at most 4 MiB. */
  public ManifestContent manifest(String repository, String reference) throws RegistryException {
    return manifests.manifest(repository, reference);
  }

  /**
   * What refers to the subject, by the Referrers API or, where there is none, by the fallback tag.
   */
  public ReferrerList referrers(String repository, Digest subject) throws RegistryException {
    return manifests.referrers(repository, subject);
  }

  /** A small blob, as an image's config, whole. */
  public BlobContent blob(String repository, Digest digest, long maxBytes)
      throws RegistryException {
    return blobs.blob(repository, digest, maxBytes);
  }

  /** Whether the repository has the blob. */
  public boolean blobExists(String repository, Digest digest) throws RegistryException {
    return blobs.exists(repository, digest);
  }

  /** Whether the registry serves the blob, and says so as a registry does. */
  public boolean isBlobServed(String repository, Digest digest) throws RegistryException {
    return blobs.isServed(repository, digest);
  }

  /**
   * A blob of any size as a stream. Until it is closed it counts as one of the host's requests in
   * flight: who uploads from it to the same host must have fewer open than may be in flight.
   */
  public BlobStream openBlob(String repository, Digest digest) throws RegistryException {
    return blobs.open(repository, digest);
  }

  /** Takes a blob over from another repository; false when the registry would not. */
  public boolean mountBlob(String repository, String from, Digest digest) throws RegistryException {
    return blobs.mount(repository, from, digest);
  }

  /**
   * Uploads a blob.
   *
   * @param size its length in bytes
   */
  public void uploadBlob(String repository, Digest digest, long size, BlobSource source)
      throws RegistryException {
    blobs.upload(repository, digest, size, source);
  }

  /** Stores a manifest under a tag or its digest, and returns its digest. */
  public Digest putManifest(String repository, String reference, byte[] bytes, String mediaType)
      throws RegistryException {
    return manifests.put(repository, reference, bytes, mediaType);
  }

  /**
   * Which deletion the registry takes, found out with GETs; in doubt {@link
   * DeletionKind#BY_DIGEST}.
   *
   * @param repositoryWithTags a repository with at least two tags, empty when none is known
   */
  public DeletionKind probeKind(String repositoryWithTags) throws RegistryException {
    return deletion.kind(repositoryWithTags);
  }

  /** Whether the registry deletes, found out by deleting a manifest that cannot exist. */
  public DeletionSupport probeDelete(String repository) throws RegistryException {
    return deletion.support(repository);
  }

  /**
   * Deletes a tag, or a manifest with all its tags.
   *
   * @param reference the tag or digest
   * @param guard asked before each attempt
   * @throws RegistryException when it was not deleted; for 401 and 403 no other delete makes sense
   */
  public Deleted deleteManifest(String repository, String reference, DeleteGuard guard)
      throws RegistryException {
    return deletion.delete(repository, reference, guard);
  }

  /**
   * How far the registry's clock is ahead of ours (negative: behind), if that was ever more than
   * five minutes: then no age can be trusted.
   */
  public Optional<Duration> clockSkew() {
    return transport.clockSkew();
  }

  /** Ends what is still in flight. */
  @Override
  public void close() {
    transport.close();
  }
}
