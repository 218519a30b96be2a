package dev.winnow.collect;

import dev.winnow.collect.RegistryWorkload.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Finds out whether all processes that can write are idle: then what any of them began before is
 * over, and nobody has to wait for as long as a request can take.
 */
public final class Drain {
  private static final Duration CONNECT = Duration.ofSeconds(2);

  private final InFlight inFlight =
      new InFlight(HttpClient.newBuilder().connectTimeout(CONNECT).build());
  private final InstantSource clock;

  public Drain(InstantSource clock) {
    this.clock = clock;
  }

  /**
   * Asks each of them.
   *
   * @return from when on no request is under way that began before; empty where one works, where
   *     one does not say, where there may be one that is not known, or where there is none at all,
   *     which is told by when they started
   */
  public Optional<Instant> look(Reading reading) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    RegistryWorkload workload = reading.workload();
    boolean isDrained =
        workload.writersSince().isPresent()
            && !workload.writers().isEmpty()
            && workload.writers().stream().allMatch(writer -> isIdle(writer, reading));
    return isDrained ? Optional.of(now) : Optional.empty();
  }

  private boolean isIdle(Writer writer, Reading reading) {
    return Optional.ofNullable(reading.metrics().get(writer.containerId()))
        .flatMap((URI metrics) -> inFlight.at(metrics))
        .filter(requests -> requests == 0)
        .isPresent();
  }
}
