package dev.winnow.controller;

import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Whether the caches know of policies and Registries what the API server does. A watch whose
 * connection is open but dead hears of no change, and does not know that it does not; so who is
 * about to delete asks.
 */
final class FreshView {
  /** As long as a deletion may go by what was asked. */
  private static final Duration GOOD = Duration.ofSeconds(30);

  private final World world;
  private final KubernetesClient client;
  private final Set<String> namespaces;

  /** What a change of the object changes. */
  private record Edition(String uid, @Nullable Long generation, boolean deleting) {
    static Edition of(HasMetadata object) {
      return new Edition(
          object.getMetadata().getUid(),
          object.getMetadata().getGeneration(),
          object.getMetadata().getDeletionTimestamp() != null);
    }
  }

  /**
   * @param namespaces that the operator looks after; empty: all
   */
  FreshView(World world, KubernetesClient client, Set<String> namespaces) {
    this.world = world;
    this.client = client;
    this.namespaces = Set.copyOf(namespaces);
  }

  Looks looks() {
    return new Looks();
  }

  /** The looks of one application. */
  final class Looks {
    private long lookedNanos;

    /** Asks; gives what speaks against going by the caches, null when nothing does. */
    synchronized @Nullable Failure problem() {
      long before = System.nanoTime();
      try {
        if (isOutdated(RegistryResource.class, world.registries)
            || isOutdated(RetentionPolicyResource.class, world.policies)) {
          return new Failure(
              "ViewOutdated",
              "the operator has not heard of each change of policies and Registries yet",
              true);
        }
      } catch (KubernetesClientException e) {
        return new Failure("ApiServerRefused", String.valueOf(e.getMessage()), true);
      }
      lookedNanos = before;
      return null;
    }

    /** The same, but asks only when it is a while ago. */
    synchronized @Nullable Failure problemByNow() {
      return System.nanoTime() - lookedNanos < GOOD.toNanos() ? null : problem();
    }
  }

  private <R extends HasMetadata> boolean isOutdated(Class<R> kind, World.Kind<R> known) {
    Map<String, Edition> there = editions(list(kind).stream());
    return !there.equals(editions(known.all()));
  }

  /** Without a resourceVersion: what is there now, and not what was there lately. */
  private <R extends HasMetadata> List<R> list(Class<R> kind) {
    var resources = client.resources(kind);
    return namespaces.isEmpty()
        ? resources.inAnyNamespace().list().getItems()
        : namespaces.stream()
            .flatMap(each -> resources.inNamespace(each).list().getItems().stream())
            .toList();
  }

  private static Map<String, Edition> editions(Stream<? extends HasMetadata> objects) {
    Map<String, Edition> editions = new HashMap<>();
    objects.forEach(object -> editions.put(World.key(object), Edition.of(object)));
    return editions;
  }
}
