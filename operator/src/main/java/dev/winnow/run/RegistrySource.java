package dev.winnow.run;

import dev.winnow.oci.Digest;
import dev.winnow.registry.BlobContent;
import dev.winnow.registry.DeleteGuard;
import dev.winnow.registry.Deleted;
import dev.winnow.registry.DeletionKind;
import dev.winnow.registry.DeletionSupport;
import dev.winnow.registry.ManifestContent;
import dev.winnow.registry.ManifestHead;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RegistryException;
import dev.winnow.registry.RegistryException.Kind;
import dev.winnow.registry.TagList;
import dev.winnow.retention.RepositoryFacts.Deletion;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A registry's API as the source and the target of a run. */
public final class RegistrySource implements ImageSource, TagDeleter {
  private static final int MOST_CONFIG_BYTES = 4 << 20;

  private final RegistryClient client;
  private final DeleteGuard guard;

  /**
   * @param client the registry
   * @param guard asked before every delete
   */
  public RegistrySource(RegistryClient client, DeleteGuard guard) {
    this.client = client;
    this.guard = guard;
  }

  /**
   * Returns when the registry answers and lets us in.
   *
   * @throws ClockSkewException when its clock is off
   */
  public void connect() throws IOException {
    call(() -> {
      client.ping();
      return client;
    });
    checkClock();
  }

  @Override
  public Catalog repositories() throws IOException {
    List<String> names = new ArrayList<>();
    return switch (call(() -> client.catalog(names::add))) {
      case dev.winnow.registry.Catalog.Listed listed -> new Catalog.Listed(names);
      case dev.winnow.registry.Catalog.Empty empty -> new Catalog.Listed(List.of());
      case dev.winnow.registry.Catalog.Refused(int status, String message) ->
          new Catalog.Refused(status + " " + message);
    };
  }

  @Override
  public Optional<List<String>> tags(String repository) throws IOException {
    return switch (call(() -> client.tags(repository))) {
      case TagList.Found(List<String> tags) -> Optional.of(tags);
      case TagList.NotFound missing -> Optional.empty();
    };
  }

  @Override
  public Optional<Head> head(String repository, String tag) throws IOException {
    return switch (call(() -> client.head(repository, tag))) {
      case ManifestHead.Found found -> Optional.of(new Head(found.digest(), found.mediaType()));
      case ManifestHead.NotFound missing -> Optional.empty();
    };
  }

  @Override
  public Optional<Fetched> manifest(String repository, String reference) throws IOException {
    return switch (call(() -> client.manifest(repository, reference))) {
      case ManifestContent.Found found -> Optional.of(new Fetched(found.digest(), found.bytes()));
      case ManifestContent.NotFound missing -> Optional.empty();
    };
  }

  @Override
  public Optional<byte[]> config(String repository, Digest digest) throws IOException {
    return switch (call(() -> client.blob(repository, digest, MOST_CONFIG_BYTES))) {
      case BlobContent.Found found -> Optional.of(found.bytes());
      case BlobContent.NotFound missing -> Optional.empty();
    };
  }

  /**
   * How a tag is deleted here.
   *
   * @param sample a repository with tags; empty when none is known
   */
  public Deletion deletion(String sample) throws IOException {
    DeletionKind kind = call(() -> client.probeKind(sample));
    return kind == DeletionKind.BY_TAG ? Deletion.BY_TAG : Deletion.BY_DIGEST;
  }

  @Override
  public void checkClock() throws ClockSkewException {
    Optional<Duration> skew = client.clockSkew();
    if (skew.isPresent()) {
      throw new ClockSkewException(
          "ClockSkew: the registry's clock is "
              + skew.get().abs().toMinutes()
              + " minutes "
              + (skew.get().isNegative() ? "behind" : "ahead of")
              + " ours; ages cannot be trusted. Set both clocks, then run again.");
    }
  }

  /**
   * Why a registry deletes nothing now.
   *
   * @param readOnly whether that is so for a time
   * @param why what it said, and what to do
   */
  public record Refusal(boolean readOnly, String why) {}

  /** Why the registry deletes nothing; empty when it does. */
  public Optional<Refusal> refusal(String repository) throws IOException {
    return switch (call(() -> client.probeDelete(repository))) {
      case DeletionSupport.Enabled enabled -> Optional.empty();
      case DeletionSupport.Disabled(String message) ->
          Optional.of(
              new Refusal(
                  false,
                  "the registry does not delete ("
                      + message
                      + "); set storage.delete.enabled: true in its configuration, or"
                      + " REGISTRY_STORAGE_DELETE_ENABLED=true"));
      case DeletionSupport.ReadOnly readOnly ->
          Optional.of(
              new Refusal(true, "the registry is read-only now; run again when it is writable"));
    };
  }

  /** Why the registry deletes nothing, in words; empty when it does. */
  public Optional<String> refusesDeletion(String repository) throws IOException {
    return refusal(repository).map(Refusal::why);
  }

  /** That it is gone is believed only when a body says so too. */
  @Override
  public Optional<Digest> digest(String repository, String tag) throws IOException {
    Optional<Digest> now = head(repository, tag).map(Head::digest);
    return now.isPresent() ? now : manifest(repository, tag).map(Fetched::digest);
  }

  @Override
  public Answer delete(String repository, String reference) throws IOException {
    try {
      return switch (call(() -> client.deleteManifest(repository, reference, guard))) {
        case Deleted.Done done -> new Answer.Deleted();
        case Deleted.AlreadyGone gone -> new Answer.Gone();
        case Deleted.Refused(int status, String message) ->
            new Answer.Refused(status + " " + message);
        case Deleted.ReadOnly(int status, String message) ->
            new Answer.ReadOnly(status + " " + message);
        case Deleted.Stopped(String objection) -> new Answer.NotSent(objection);
        case Deleted.Unknown(String why) -> new Answer.Unknown(why);
      };
    } catch (RegistryException e) {
      if (e.kind() == Kind.UNAUTHORIZED || e.kind() == Kind.FORBIDDEN) {
        return new Answer.NoRights(Applier.text(e));
      }
      throw e;
    }
  }

  private interface Request<T> {
    T send() throws RegistryException;
  }

  /** Gives an interrupt the form that a run knows. */
  private static <T> T call(Request<T> request) throws IOException {
    try {
      return request.send();
    } catch (RegistryException e) {
      if (e.kind() == Kind.INTERRUPTED) {
        InterruptedIOException interrupted = new InterruptedIOException("interrupted");
        interrupted.initCause(e);
        throw interrupted;
      }
      throw e;
    }
  }
}
