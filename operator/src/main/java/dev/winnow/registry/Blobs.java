package dev.winnow.registry;

import dev.winnow.oci.Digest;
import java.net.URI;
import java.util.Optional;

/** Reads and writes blobs. Source: OCI distribution spec <em>Pulling blobs, Pushing blobs</em>. */
final class Blobs {
  private final Transport transport;
  private final Paths paths;

  Blobs(Transport transport, Paths paths) {
    this.transport = transport;
    this.paths = paths;
  }

  boolean exists(String repository, Digest digest) throws RegistryException {
    Reply reply =
        transport.send(
            Call.head(
                Operation.BLOB, paths.blob(repository, digest), Access.pull(repository), "*/*"));
    if (reply.status() == 404) {
      return false;
    }
    if (!reply.isSuccess()) {
      throw Faults.of(reply);
    }
    return true;
  }

  /**
   * Whether it is a registry that says it has the blob: others say yes to whatever they are asked.
   */
  boolean isServed(String repository, Digest digest) throws RegistryException {
    Reply reply =
        transport.send(
            Call.head(
                Operation.BLOB, paths.blob(repository, digest), Access.pull(repository), "*/*"));
    if (reply.status() == 404) {
      return false;
    }
    if (!reply.isSuccess()) {
      throw Faults.of(reply);
    }
    if (!reply.headers().firstValue("Docker-Content-Digest").equals(Optional.of(digest.text()))) {
      throw Faults.bad(reply, "the answer does not name the blob");
    }
    return true;
  }

  BlobContent blob(String repository, Digest digest, long limit) throws RegistryException {
    Reply reply = transport.send(get(repository, digest, limit));
    if (reply.status() == 404) {
      return new BlobContent.NotFound();
    }
    if (!reply.isSuccess()) {
      throw Faults.of(reply);
    }
    if (!digest.ofSameAlgorithm(reply.bytes()).equals(digest)) {
      // Only then: a page may be what somebody stored.
      throw reply.isWebPage()
          ? Faults.webPage(reply)
          : Faults.bad(reply, "the bytes of the blob do not have its digest");
    }
    return new BlobContent.Found(reply.bytes());
  }

  BlobStream open(String repository, Digest digest) throws RegistryException {
    Reply reply = transport.send(get(repository, digest, Long.MAX_VALUE).asStream());
    if (reply.status() == 404) {
      return new BlobStream.NotFound();
    }
    if (!reply.isSuccess()) {
      throw Faults.of(reply);
    }
    long size = reply.headers().firstValueAsLong("Content-Length").orElse(-1);
    return new BlobStream.Found(new VerifiedStream(reply, reply.stream(), digest), size);
  }

  /** Whether the registry took the blob over from the other repository. */
  boolean mount(String repository, String from, Digest digest) throws RegistryException {
    Reply reply =
        transport.succeed(
            Call.send(
                "POST",
                Operation.UPLOAD,
                paths.mount(repository, from, digest),
                Access.mount(repository, from),
                Payload.NONE,
                true));
    // 202 opens an upload instead, which the registry forgets by itself.
    return reply.status() == 201;
  }

  void upload(String repository, Digest digest, long size, BlobSource source)
      throws RegistryException {
    Access access = Access.push(repository);
    Reply opened =
        transport.succeed(
            Call.send(
                "POST", Operation.UPLOAD, paths.upload(repository), access, Payload.NONE, true));
    String location = opened.header("Location");
    if (opened.status() != 202 || location.isEmpty()) {
      throw Faults.bad(opened, "the registry names no place to upload to");
    }
    URI place = Paths.with(Exchange.resolve(opened, location), "digest", digest.text());
    // Whoever knows the place may write there, so it may be on another host; credentials may not.
    transport.succeed(
        Call.send("PUT", Operation.UPLOAD, place, access, new Payload.Stream(source, size), false));
  }

  private Call get(String repository, Digest digest, long limit) throws RegistryException {
    return Call.get(
        Operation.BLOB, paths.blob(repository, digest), Access.pull(repository), "*/*", limit);
  }
}
