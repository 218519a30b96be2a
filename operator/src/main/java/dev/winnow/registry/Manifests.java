package dev.winnow.registry;

import dev.winnow.oci.Digest;
import dev.winnow.oci.MediaTypes;
import dev.winnow.oci.ReferrerTag;
import java.net.URI;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads and writes manifests. Source: OCI distribution spec <em>Pulling manifests</em>. */
final class Manifests {
  /**
   * Every kind of manifest by name: a registry converts or hides what is not asked for. Anything
   * else comes last, so that what is new is seen as what it is.
   */
  private static final String ACCEPT =
      String.join(
          ", ",
          MediaTypes.OCI_MANIFEST,
          MediaTypes.OCI_INDEX,
          MediaTypes.DOCKER_MANIFEST,
          MediaTypes.DOCKER_LIST,
          MediaTypes.OCI_ARTIFACT,
          MediaTypes.DOCKER_SCHEMA1_SIGNED,
          MediaTypes.DOCKER_SCHEMA1,
          "*/*;q=0.1");

  private static final String DIGEST_HEADER = "Docker-Content-Digest";

  private final Transport transport;
  private final Paths paths;

  Manifests(Transport transport, Paths paths) {
    this.transport = transport;
    this.paths = paths;
  }

  ManifestHead head(String repository, String reference) throws RegistryException {
    URI address = paths.manifest(repository, reference);
    Reply reply =
        transport.send(Call.head(Operation.MANIFEST, address, Access.pull(repository), ACCEPT));
    if (reply.status() == 404) {
      return new ManifestHead.NotFound();
    }
    requireManifest(reply);
    Optional<Digest> digest = announced(reply);
    if (digest.isEmpty()) {
      return switch (manifest(repository, reference)) {
        case ManifestContent.Found(byte[] bytes, Digest computed, String mediaType) ->
            new ManifestHead.Found(computed, mediaType, bytes.length);
        case ManifestContent.NotFound() -> new ManifestHead.NotFound();
      };
    }
    requireAsked(reply, reference, digest.get());
    long size = reply.headers().firstValueAsLong("Content-Length").orElse(-1);
    return new ManifestHead.Found(digest.get(), reply.mediaType(), size);
  }

  ManifestContent manifest(String repository, String reference) throws RegistryException {
    URI address = paths.manifest(repository, reference);
    Reply reply =
        transport.send(
            Call.get(Operation.MANIFEST, address, Access.pull(repository), ACCEPT, Call.MANIFEST));
    // Only a registry knows that; what a proxy cannot find may well be there.
    if (reply.status() == 404 && reply.error().isRegistrys()) {
      return new ManifestContent.NotFound();
    }
    requireManifest(reply);
    return new ManifestContent.Found(reply.bytes(), verified(reply, reference), reply.mediaType());
  }

  Digest put(String repository, String reference, byte[] bytes, String mediaType)
      throws RegistryException {
    // By digest the same bytes come to the same place, however often.
    boolean repeatable = Digest.parse(reference).isPresent();
    Reply reply =
        transport.succeed(
            Call.send(
                "PUT",
                Operation.UPLOAD,
                paths.manifest(repository, reference),
                Access.push(repository),
                new Payload.Bytes(bytes, mediaType),
                repeatable));
    Digest digest = announced(reply).orElseGet(() -> Digest.sha256(bytes));
    if (!digest.ofSameAlgorithm(bytes).equals(digest)) {
      throw Faults.bad(reply, "the registry stored other bytes: it says " + digest);
    }
    return digest;
  }

  ReferrerList referrers(String repository, Digest subject) throws RegistryException {
    Reply reply = transport.send(referrersPage(paths.referrers(repository, subject), repository));
    if (reply.status() == 404 || reply.status() == 405) {
      return fallback(repository, subject);
    }
    List<byte[]> indexes = new ArrayList<>();
    List<URI> seen = new ArrayList<>(List.of(reply.call().address()));
    while (true) {
      requireManifest(reply);
      indexes.add(reply.bytes());
      Optional<URI> next = Pages.next(reply);
      if (next.isEmpty()) {
        return new ReferrerList.Found(indexes, ReferrerList.Source.API);
      }
      if (seen.contains(next.get()) || seen.size() > 1000) {
        throw Faults.bad(reply, "the pages of the list lead in a circle");
      }
      seen.add(next.get());
      reply = transport.send(referrersPage(next.get(), repository));
    }
  }

  private static Call referrersPage(URI address, String repository) {
    return Call.get(
        Operation.REFERRERS, address, Access.pull(repository), MediaTypes.OCI_INDEX, Call.MANIFEST);
  }

  /** Source: OCI distribution spec <em>Referrers Tag Schema</em>. */
  private ReferrerList fallback(String repository, Digest subject) throws RegistryException {
    return switch (manifest(repository, ReferrerTag.fallbackFor(subject))) {
      case ManifestContent.Found found ->
          new ReferrerList.Found(List.of(found.bytes()), ReferrerList.Source.FALLBACK_TAG);
      case ManifestContent.NotFound() -> new ReferrerList.NotFound();
    };
  }

  private static void requireManifest(Reply reply) throws RegistryException {
    if (!reply.isSuccess()) {
      throw Faults.of(reply);
    }
    if (reply.isWebPage()) {
      throw Faults.webPage(reply);
    }
  }

  private static Optional<Digest> announced(Reply reply) {
    return Digest.parse(reply.header(DIGEST_HEADER).strip());
  }

  /** The digest of the bytes, which is the one asked for and the one the registry says. */
  private static Digest verified(Reply reply, String reference) throws RegistryException {
    byte[] bytes = SignedManifest.canonical(reply.bytes(), reply.mediaType());
    Optional<Digest> asked = Digest.parse(reference);
    if (asked.isPresent() && !is(asked.get(), bytes)) {
      throw Faults.bad(reply, "the bytes are not the manifest asked for: " + Digest.sha256(bytes));
    }
    Optional<Digest> said = announced(reply);
    if (said.isPresent() && !said.equals(asked) && !is(said.get(), bytes)) {
      throw Faults.bad(
          reply,
          "the bytes are not what the registry says they are: "
              + said.get()
              + " said, "
              + Digest.sha256(bytes)
              + " sent");
    }
    return asked.or(() -> said).orElseGet(() -> Digest.sha256(bytes));
  }

  private static boolean is(Digest digest, byte[] bytes) {
    MessageDigest hash = digest.newHash();
    hash.update(bytes);
    return digest.matches(hash);
  }

  private static void requireAsked(Reply reply, String reference, Digest said)
      throws RegistryException {
    Optional<Digest> asked = Digest.parse(reference);
    if (asked.isPresent()
        && asked.get().algorithm().equals(said.algorithm())
        && !asked.get().equals(said)) {
      throw Faults.bad(reply, "the registry answers with another manifest: " + said);
    }
  }
}
