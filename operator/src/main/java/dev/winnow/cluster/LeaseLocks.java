package dev.winnow.cluster;

import dev.winnow.api.ServiceNames;
import dev.winnow.cluster.LeaseLock.Attempt;
import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import java.util.function.Predicate;

/**
 * Locks, each a Lease. One a registry: whoever changes something on it holds its lock, so that of
 * two runs, or a run and a collection, one waits. And one a namespace for the runs in it: of
 * several operators its holder does them.
 *
 * <p>How long a Lease was not renewed is measured by our own clock from when we saw it change last,
 * never by the times in it: clocks differ. Source: client-go, leaderelection.go.
 */
public final class LeaseLocks {
  /** After this long without a renewal somebody else may take the lock. */
  public static final Duration LEASE = Duration.ofSeconds(15);

  /** The Lease of a namespace's runs. */
  public static final String RUNS = "winnow-runs";

  private final KubernetesClient client;
  private final String holder;
  private final InstantSource clock;
  private final LongSupplier nanoTime;

  /** When we first saw a Lease in the state that it is in, by namespace and name. */
  private final Map<String, Seen> seen = new ConcurrentHashMap<>();

  private record Seen(String resourceVersion, long nanos) {}

  /**
   * @param holder who we are, unique over all processes
   */
  public LeaseLocks(
      KubernetesClient client, String holder, InstantSource clock, LongSupplier nanoTime) {
    this.client = client;
    this.holder = holder;
    this.clock = clock;
    this.nanoTime = nanoTime;
  }

  /** What a registry's lock is held for. */
  public enum Use {
    Run(" run "),
    Collection(" collection ");

    private final String word;

    Use(String word) {
      this.word = word;
    }

    private static boolean isIn(String holder) {
      return Arrays.stream(values()).anyMatch(use -> holder.contains(use.word));
    }
  }

  /**
   * Tries to take a registry's lock, once. Where the work of the namespace is ours, one that
   * another operator had is nobody's: it lost that together with the work.
   *
   * @param namespace where its Lease lives: the Registry's
   * @param hostPort the registry
   * @param use what for
   * @param name of the run or collection, for people who look at the Lease
   * @param work under which the runs and collections of the namespace are ours
   */
  public Attempt tryRegistry(String namespace, String hostPort, Use use, String name, Claim work) {
    return tryLock(
        namespace,
        name(hostPort),
        Map.of("winnow.dev/registry", hostPort),
        holder + use.word + name,
        other -> Use.isIn(other) && !other.startsWith(holder + " ") && work.isHeld(),
        () -> {});
  }

  /**
   * Tries to become the one that does the runs of a namespace, once.
   *
   * @param onLost called when another one has become it while we were
   */
  public Attempt tryRuns(String namespace, Runnable onLost) {
    // One of our own is left over from a request whose answer was lost.
    return tryLock(namespace, RUNS, Map.of(), holder, holder::equals, onLost);
  }

  private Attempt tryLock(
      String namespace,
      String name,
      Map<String, String> annotations,
      String identity,
      Predicate<String> isGone,
      Runnable onLost) {
    Lease fresh =
        new LeaseBuilder()
            .withNewMetadata()
            .withNamespace(namespace)
            .withName(name)
            .addToLabels("app.kubernetes.io/managed-by", "winnow")
            .addToAnnotations(annotations)
            .endMetadata()
            .withNewSpec()
            .withHolderIdentity(identity)
            .withLeaseDurationSeconds((int) LEASE.toSeconds())
            .withAcquireTime(now())
            .withRenewTime(now())
            .endSpec()
            .build();
    Optional<Lease> created = unlessConflict(() -> client.resource(fresh).create());
    if (created.isPresent()) {
      return held(created.get(), onLost);
    }
    Lease there = client.leases().inNamespace(namespace).withName(name).get();
    if (there == null) {
      return new Attempt.Busy("somebody who has just let go");
    }
    String other = String.valueOf(there.getSpec().getHolderIdentity());
    if (!isAbandoned(there) && !isGone.test(other)) {
      return new Attempt.Busy(other);
    }
    Lease taken = new LeaseBuilder(fresh).build();
    taken.getMetadata().setResourceVersion(there.getMetadata().getResourceVersion());
    return unlessConflict(() -> client.resource(taken).update())
        .map(lease -> held(lease, onLost))
        .orElse(new Attempt.Busy(other));
  }

  private Attempt held(Lease lease, Runnable onLost) {
    return new Attempt.Held(new LeaseLock(client, lease, clock, nanoTime, onLost));
  }

  private boolean isAbandoned(Lease lease) {
    String key = lease.getMetadata().getNamespace() + "/" + lease.getMetadata().getName();
    String version = lease.getMetadata().getResourceVersion();
    Seen first =
        seen.compute(
            key,
            (k, before) ->
                before != null && before.resourceVersion().equals(version)
                    ? before
                    : new Seen(version, nanoTime.getAsLong()));
    return nanoTime.getAsLong() - first.nanos() > LEASE.toNanos();
  }

  private interface Write {
    Lease send();
  }

  private static Optional<Lease> unlessConflict(Write write) {
    try {
      return Optional.of(write.send());
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT
          || e.getCode() == HttpURLConnection.HTTP_NOT_FOUND) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private ZonedDateTime now() {
    return clock.instant().atZone(ZoneOffset.UTC);
  }

  /** A name that a Lease may have, the same for all who mean this registry. */
  public static String name(String hostPort) {
    String address = ServiceNames.shortest(hostPort);
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(address.getBytes(StandardCharsets.UTF_8));
      return "winnow-registry-" + HexFormat.of().formatHex(hash, 0, 8);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }
}
