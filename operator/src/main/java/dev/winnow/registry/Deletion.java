package dev.winnow.registry;

import dev.winnow.registry.RegistryException.Kind;
import dev.winnow.registry.RegistryException.Reach;
import java.net.URI;
import java.util.Optional;

/**
 * Deletes tags and manifests; nothing else in this package sends a DELETE. Source: OCI distribution
 * spec <em>Content Management</em>, and what distribution 2.8 and 3 were seen to do.
 */
final class Deletion {
  /** The digest of nothing that exists. */
  private static final String NO_MANIFEST = "sha256:" + "0".repeat(64);

  private final Transport transport;
  private final Paths paths;
  private final Listing listing;
  private final int attempts;

  Deletion(Transport transport, Paths paths, Listing listing, int attempts) {
    this.transport = transport;
    this.paths = paths;
    this.listing = listing;
    this.attempts = attempts;
  }

  DeletionKind kind(String sample) throws RegistryException {
    Optional<DeletionKind> known = byCatalog();
    return known.isPresent() ? known.get() : byTags(sample);
  }

  /** Distribution 2.8 takes any number of entries, 3 refuses a negative one. */
  private Optional<DeletionKind> byCatalog() throws RegistryException {
    Reply reply;
    try {
      reply = transport.send(listing.catalogCall("?n=-1"));
    } catch (RegistryException e) {
      if (e.kind() == Kind.UNAUTHORIZED || e.kind() == Kind.BAD_RESPONSE) {
        return Optional.empty();
      }
      throw e;
    }
    if (reply.status() == 400 && reply.error().isRegistrys()) {
      return Optional.of(DeletionKind.BY_TAG);
    }
    return reply.status() == 200 && reply.mediaType().contains("json")
        ? Optional.of(DeletionKind.BY_DIGEST)
        : Optional.empty();
  }

  /** Distribution 2.8 gives all tags however few are asked for. When in doubt, the careful way. */
  private DeletionKind byTags(String sample) throws RegistryException {
    if (sample.isEmpty()) {
      return DeletionKind.BY_DIGEST;
    }
    Reply reply = transport.send(listing.tagsCall(sample, "?n=1"));
    if (!reply.isSuccess()) {
      return DeletionKind.BY_DIGEST;
    }
    boolean pages = Pages.items(reply, "tags").size() == 1 && Pages.next(reply).isPresent();
    return pages ? DeletionKind.BY_TAG : DeletionKind.BY_DIGEST;
  }

  DeletionSupport support(String repository) throws RegistryException {
    Call call =
        Call.delete(
            paths.manifest(repository, NO_MANIFEST), Access.delete(repository), Call.Gate.OPEN);
    Reply reply = transport.send(call);
    for (int attempt = 1; isReadOnly(reply); attempt++) {
      if (attempt >= attempts) {
        return new DeletionSupport.ReadOnly();
      }
      transport.retries().pauseAfter(call, attempt);
      reply = transport.send(call);
    }
    RegistryError error = reply.error();
    if (reply.isSuccess() || (reply.status() == 404 && error.isRegistrys())) {
      return new DeletionSupport.Enabled();
    }
    boolean refused = reply.status() == 400 && error.code().equals("UNSUPPORTED");
    if (refused || reply.status() == 405) {
      return new DeletionSupport.Disabled(error.text());
    }
    throw Faults.of(reply);
  }

  /** Distribution's maintenance handler answers in plain text, everything else in JSON. */
  private static boolean isReadOnly(Reply reply) {
    return reply.status() == 405 && !reply.error().isRegistrys() && !reply.isWebPage();
  }

  Deleted delete(String repository, String reference, DeleteGuard guard) throws RegistryException {
    Guarded gate = new Guarded(repository, reference, guard);
    URI address = paths.manifest(repository, reference);
    Reply reply;
    try {
      reply = transport.send(Call.delete(address, Access.delete(repository), gate));
    } catch (RegistryException e) {
      boolean cutOff = e.reach() == Reach.MAYBE || e.kind() == Kind.INTERRUPTED;
      if (gate.outcomeUnknown || (gate.passed && cutOff)) {
        return new Deleted.Unknown(String.valueOf(e.getMessage()));
      }
      throw e;
    }
    return switch (reply.status()) {
      case 0 -> stopped(gate);
      case 200, 202, 204 -> new Deleted.Done();
      case 404 -> gone(reply, gate);
      case 400, 405 -> refused(reply);
      default -> throwOrUnknown(reply, gate);
    };
  }

  private static Deleted stopped(Guarded gate) {
    return gate.outcomeUnknown
        ? new Deleted.Unknown(gate.objection)
        : new Deleted.Stopped(gate.objection);
  }

  /** A registry that fails may have deleted before; one that does not let us in has not. */
  private static Deleted throwOrUnknown(Reply reply, Guarded gate) throws RegistryException {
    RegistryException fault = Faults.of(reply);
    if (reply.status() >= 500 || gate.outcomeUnknown) {
      return new Deleted.Unknown(String.valueOf(fault.getMessage()));
    }
    throw fault;
  }

  /** Gone by our own request, if an earlier one may have arrived; only a registry knows that. */
  private static Deleted gone(Reply reply, Guarded gate) {
    if (!reply.error().isRegistrys()) {
      return refused(reply);
    }
    return gate.outcomeUnknown ? new Deleted.Done() : new Deleted.AlreadyGone();
  }

  private static Deleted refused(Reply reply) {
    if (isReadOnly(reply)) {
      return new Deleted.ReadOnly(reply.status(), reply.error().text());
    }
    return new Deleted.Refused(reply.status(), reply.error().text());
  }

  /** Asks the guard before each request. */
  private static final class Guarded implements Call.Gate {
    private final String repository;
    private final String reference;
    private final DeleteGuard guard;
    private String objection = "";
    private boolean passed;
    private boolean outcomeUnknown;

    Guarded(String repository, String reference, DeleteGuard guard) {
      this.repository = repository;
      this.reference = reference;
      this.guard = guard;
    }

    @Override
    public boolean passes() {
      Optional<String> objected = guard.objection(repository, reference);
      objection = objected.orElse("");
      passed |= objected.isEmpty();
      return objected.isEmpty();
    }

    @Override
    public void outcomeUnknown() {
      outcomeUnknown = true;
    }
  }
}
