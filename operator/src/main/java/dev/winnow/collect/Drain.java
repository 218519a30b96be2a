package dev.winnow.collect;

import dev.winnow.collect.RegistryWorkload.TakesWrites;
import dev.winnow.collect.RegistryWorkload.Writer;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

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
    List<Writer> writers = workload.writers();
    Set<URI> metrics =
        writers.stream()
            .flatMap(each -> Stream.ofNullable(reading.metrics().get(each.containerId())))
            .collect(Collectors.toSet());
    boolean canTell =
        workload.writersSince().isPresent()
            && !writers.isEmpty()
            && metrics.size() == writers.size() // none speaks for another
            && workload.takingWrites().stream().allMatch(each -> runs(each, writers));
    return canTell && metrics.stream().allMatch(this::isIdle) ? Optional.of(now) : Optional.empty();
  }

  /** Not one that is about to start, of which the next look knows more. */
  private static boolean runs(TakesWrites taking, List<Writer> writers) {
    return writers.stream()
        .anyMatch(
            each -> each.pod().equals(taking.pod()) && each.container().equals(taking.container()));
  }

  private boolean isIdle(URI metrics) {
    return inFlight.at(metrics).filter(requests -> requests == 0).isPresent();
  }
}
