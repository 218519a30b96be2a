package dev.winnow.controller;

import dev.winnow.api.Registry;
import dev.winnow.api.RegistryStatus.DeletesBy;
import dev.winnow.registry.DeletionKind;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RegistryException;
import dev.winnow.registry.RetryPolicy;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Asks a registry whether it is there and lets us in, with nothing but GETs. */
final class RegistryProbe {
  private static final RetryPolicy ONCE = RetryPolicy.DEFAULT.withAttempts(1);

  private final RegistryClients clients;

  RegistryProbe(RegistryClients clients) {
    this.clients = clients;
  }

  /**
   * What came of it.
   *
   * @param failure why it is not ready; null when it is
   * @param deletesBy how it deletes; null when that was not found out
   * @param missing whether what its Registry names is missing, so that it was not asked
   */
  record Result(@Nullable Failure failure, @Nullable DeletesBy deletesBy, boolean missing) {
    Result(@Nullable Failure failure, @Nullable DeletesBy deletesBy) {
      this(failure, deletesBy, false);
    }
  }

  Result ask(String namespace, Registry.Spec spec) {
    try (RegistryClient client = clients.open(namespace, spec, ONCE)) {
      client.ping();
      Optional<Failure> skew =
          client
              .clockSkew()
              .map(by ->
                  new Failure(
                      "ClockSkew",
                      "the registry's clock and ours differ by "
                          + by.abs().toMinutes()
                          + " minutes; set both, ages cannot be trusted",
                      false));
      return new Result(skew.orElse(null), deletesBy(client));
    } catch (RegistryClients.MissingException e) {
      return new Result(e.failure(), null, true);
    } catch (RegistryException e) {
      return new Result(Failure.of(e), null);
    } catch (IllegalArgumentException e) {
      // What the JDK's client says of an address that it cannot use.
      return new Result(new Failure("Unreachable", "spec.url: " + e.getMessage(), false), null);
    }
  }

  private static @Nullable DeletesBy deletesBy(RegistryClient client) {
    try {
      return client.probeKind("") == DeletionKind.BY_TAG ? DeletesBy.Tag : DeletesBy.Digest;
    } catch (RegistryException e) {
      return null; // it answered, which is what was asked
    }
  }
}
