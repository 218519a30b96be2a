package dev.winnow.collect;

import dev.winnow.collect.RegistryWorkload.Writer;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Waits until each process that can write was seen once without a request that could: what any of
 * them began before, it has ended by then.
 */
public final class Drain {
  private final InFlight inFlight;
  private final Set<String> idle = new HashSet<>();

  /**
   * How far it is.
   *
   * @param busy containers that were not seen idle yet
   * @param unseen containers of which nobody can tell
   */
  public record State(List<Writer> busy, List<Writer> unseen) {
    public State {
      busy = List.copyOf(busy);
      unseen = List.copyOf(unseen);
    }

    /** Whether it is over, as far as that can be seen. */
    public boolean isDone() {
      return busy.isEmpty() && unseen.isEmpty();
    }
  }

  public Drain(InFlight inFlight) {
    this.inFlight = inFlight;
  }

  /** Asks those that were not seen idle yet, each once. */
  public State advance(Reading reading) {
    List<Writer> left =
        reading.workload().writers().stream()
            .filter(each -> !idle.contains(each.containerId()))
            .toList();
    Set<Writer> unseen = new HashSet<>();
    for (Writer writer : left) {
      Optional<Integer> requests =
          Optional.ofNullable(reading.metrics().get(writer.containerId()))
              .flatMap((URI uri) -> inFlight.at(uri));
      if (requests.isEmpty()) {
        unseen.add(writer);
      } else if (requests.get() == 0) {
        idle.add(writer.containerId());
      }
    }
    return new State(
        left.stream()
            .filter(each -> !idle.contains(each.containerId()) && !unseen.contains(each))
            .toList(),
        left.stream().filter(unseen::contains).toList());
  }
}
