package dev.winnow.controller;

import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import io.javaoperatorsdk.operator.processing.event.source.inbound.SimpleInboundEventSource;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All resources of Winnow as the operator's caches have them, one cache a kind for all controllers,
 * and a way to have one looked at again.
 */
final class World {
  /** No name of an object: stands for a registry that is not known. */
  private static final String ANY = "*";

  /** Registries by host and port. */
  final Kind<RegistryResource> registries =
      new Kind<>(registry -> Specs.hostPort(registry).stream().toList());

  /** Policies by namespace and name of their registry; ANY where they do not say which. */
  final Kind<RetentionPolicyResource> policies =
      new Kind<>(policy ->
          List.of(key(policy.getMetadata().getNamespace(), Specs.registryOf(policy).orElse(ANY))));

  /** Runs by namespace and name of their policy. */
  final Kind<RetentionRunResource> runs =
      new Kind<>(run ->
          Specs.of(run)
              .map(spec -> key(run.getMetadata().getNamespace(), spec.policyRef().name()))
              .stream()
              .toList());

  /** The policies of a registry, whatever namespace they live in, in no order. */
  List<RetentionPolicyResource> policiesOf(String hostPort) {
    return registries.byKey(hostPort).stream()
        .flatMap(
            registry -> Stream.of(key(registry), key(registry.getMetadata().getNamespace(), ANY)))
        .distinct()
        .flatMap(key -> policies.byKey(key).stream())
        .toList();
  }

  static String key(String namespace, String name) {
    return namespace + "/" + name;
  }

  static String key(HasMetadata resource) {
    return key(resource.getMetadata().getNamespace(), resource.getMetadata().getName());
  }

  /** One kind of resource. */
  static final class Kind<R extends HasMetadata> {
    private static final String INDEX = "winnow";

    private final SimpleInboundEventSource<R> wakes = new SimpleInboundEventSource<>("wakes");
    private final Function<R, List<String>> indexer;
    private volatile @Nullable IndexerResourceCache<R> cache;

    Kind(Function<R, List<String>> indexer) {
      this.indexer = indexer;
    }

    /** Called once, when the kind's controller is made. */
    List<EventSource<?, R>> sources(EventSourceContext<R> context) {
      IndexerResourceCache<R> primary = context.getPrimaryCache();
      primary.addIndexers(Map.of(INDEX, indexer));
      cache = primary;
      return List.of(wakes);
    }

    /** Has the resource reconciled soon. */
    void wake(String namespace, String name) {
      wakes.propagateEvent(new ResourceID(name, namespace));
    }

    void wake(R resource) {
      wakes.propagateEvent(ResourceID.fromResource(resource));
    }

    Optional<R> get(String namespace, String name) {
      return cache().get(new ResourceID(name, namespace));
    }

    Stream<R> all() {
      return cache().list();
    }

    List<R> byKey(String key) {
      return cache().byIndex(INDEX, key);
    }

    private IndexerResourceCache<R> cache() {
      return Objects.requireNonNull(cache, "the controller of this kind is not registered");
    }
  }
}
