package dev.winnow.controller;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.processing.event.Event;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.AbstractEventSource;
import io.javaoperatorsdk.operator.processing.event.source.ResourceEventAware;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceAction;
import io.javaoperatorsdk.operator.processing.event.source.controller.ResourceEvent;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * Has resources of a kind reconciled, and knows which of them are gone. A reconciler is given what
 * has a name now; where that was deleted and made again at once, its predecessor is found here
 * alone.
 */
final class Wakes<R extends HasMetadata> extends AbstractEventSource<Void, R>
    implements ResourceEventAware<R> {
  private final Map<String, Queue<R>> gone = new ConcurrentHashMap<>();
  private final Function<ResourceID, Optional<R>> cache;

  /**
   * @param cache what is there
   */
  Wakes(Function<ResourceID, Optional<R>> cache) {
    super(Void.class, "wakes");
    this.cache = cache;
  }

  /**
   * Has a resource reconciled soon. One that the framework has forgotten with a predecessor of the
   * same name is known to it again by that.
   */
  void wake(ResourceID id) {
    if (isRunning()) {
      getEventHandler()
          .handleEvent(
              cache
                  .apply(id)
                  .<Event>map(resource -> new ResourceEvent(ResourceAction.UPDATED, id, resource))
                  .orElseGet(() -> new Event(id)));
    }
  }

  /** Those of a name that are gone, each until this was done for it once without a failure. */
  void eachGone(R resource, Consumer<R> end) {
    String key = World.key(resource);
    Queue<R> all = gone.getOrDefault(key, new ArrayDeque<>());
    for (R next = all.peek(); next != null; next = all.peek()) {
      end.accept(next);
      all.remove();
    }
    gone.computeIfPresent(key, (name, left) -> left.isEmpty() ? null : left);
  }

  @Override
  public void onResourceDeleted(R resource) {
    gone.compute(
        World.key(resource),
        (key, before) -> {
          Queue<R> all = before == null ? new ConcurrentLinkedQueue<>() : before;
          all.add(resource);
          return all;
        });
  }

  /** A watch that was broken may bring the successor as a change. */
  @Override
  public void onResourceUpdated(R now, R before) {
    if (!Objects.equals(now.getMetadata().getUid(), before.getMetadata().getUid())) {
      onResourceDeleted(before);
    }
  }

  @Override
  public Set<Void> getSecondaryResources(R primary) {
    return Set.of();
  }
}
