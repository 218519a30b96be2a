package dev.winnow.controller;

import dev.winnow.api.ServiceNames;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.javaoperatorsdk.operator.api.reconciler.EventSourceContext;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import io.javaoperatorsdk.operator.processing.event.source.EventSource;
import io.javaoperatorsdk.operator.processing.event.source.IndexerResourceCache;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * All resources of Winnow as the operator's caches have them, one cache a kind for all controllers,
 * and a way to have one looked at again.
 */
final class World {
  /** When to look again while caches are being filled. */
  static final Duration FILLING = Duration.ofMillis(200);

  /** When to look whether something has the name of what is gone. */
  private static final Duration SUCCESSOR = Duration.ofSeconds(1);

  private static final String ALIAS = "alias ";
  private static final String NOWHERE = "nowhere";

  /** All Registries that a policy has ever named: few, and among them those that are not there. */
  private final Set<String> named = ConcurrentHashMap.newKeySet();

  /** The addresses that each Registry had when it was seen last, also of those that are gone. */
  private final Map<String, List<String>> lastAddresses = new ConcurrentHashMap<>();

  /** Registries of which this version cannot tell the address. */
  private final Set<String> withoutAddress = ConcurrentHashMap.newKeySet();

  private volatile boolean filled;

  /** Registries by host and port, and by those of their aliases. */
  final Kind<RegistryResource> registries = new Kind<>(this::addresses);

  /** Policies by namespace and name of their registry, or as such that do not say which. */
  final Kind<RetentionPolicyResource> policies = new Kind<>(policy -> List.of(registryOf(policy)));

  /** Runs by namespace and name of their policy. */
  final Kind<RetentionRunResource> runs =
      new Kind<>(run ->
          Specs.of(run)
              .map(spec -> key(run.getMetadata().getNamespace(), spec.policyRef().name()))
              .stream()
              .toList());

  /** Collections by namespace and name of their registry. */
  final Kind<GarbageCollectionResource> collections =
      new Kind<>(collection ->
          Specs.of(collection)
              .map(spec -> key(collection.getMetadata().getNamespace(), spec.registryRef().name()))
              .stream()
              .toList());

  /** The collection whose Job has the volume of a registry, or is about to have it. */
  Optional<GarbageCollectionResource> collecting(String hostPort) {
    return registriesOf(hostPort).stream()
        .flatMap(registry -> collections.byKey(key(registry)).stream())
        .filter(CollectionCreator::isUnderWay)
        .findFirst();
  }

  private String registryOf(RetentionPolicyResource policy) {
    String key =
        Specs.registryOf(policy)
            .map(name -> key(policy.getMetadata().getNamespace(), name))
            .orElse(NOWHERE);
    named.add(key);
    return key;
  }

  private List<String> addresses(RegistryResource registry) {
    List<String> addresses = new ArrayList<>(Specs.identities(registry));
    if (!addresses.isEmpty()) {
      lastAddresses.put(key(registry), List.copyOf(addresses));
    }
    if (Specs.hasAddress(registry)) {
      withoutAddress.remove(key(registry));
    } else {
      withoutAddress.add(key(registry));
    }
    Specs.aliases(registry).forEach(alias -> addresses.add(ALIAS + alias));
    return addresses;
  }

  /**
   * The Registries that are one: of the same host and port, or one an alias of the other, whatever
   * namespaces they live in.
   */
  Set<RegistryResource> registriesOf(String hostPort) {
    Map<String, RegistryResource> found = new LinkedHashMap<>();
    Set<String> addresses = new LinkedHashSet<>();
    Deque<String> open = new ArrayDeque<>(List.of(ServiceNames.shortest(hostPort)));
    while (!open.isEmpty()) {
      String address = open.pop();
      if (addresses.add(address)) {
        Stream.concat(
                registries.byKey(address).stream(), registries.byKey(ALIAS + address).stream())
            .filter(registry -> found.put(key(registry), registry) == null)
            .forEach(registry -> {
              Specs.identities(registry).forEach(open::push);
              Specs.aliases(registry).stream()
                  .filter(alias -> !registries.byKey(alias).isEmpty())
                  .forEach(open::push);
            });
      }
    }
    return new LinkedHashSet<>(found.values());
  }

  /**
   * The policies of a registry, whatever namespace they live in, in no order. Those that may be of
   * it count as well: which say of no registry that we know, in a namespace that has it, or whose
   * Registry was this one when it was there.
   */
  List<RetentionPolicyResource> policiesOf(String hostPort) {
    Set<RegistryResource> same = registriesOf(hostPort);
    Set<String> namespaces = new LinkedHashSet<>();
    same.forEach(registry -> namespaces.add(registry.getMetadata().getNamespace()));
    Map<String, RetentionPolicyResource> found = new LinkedHashMap<>();
    Stream.concat(
            same.stream().flatMap(registry -> policies.byKey(key(registry)).stream()),
            strays()
                .filter(policy ->
                    namespaces.contains(policy.getMetadata().getNamespace())
                        || was(policy, hostPort)))
        .forEach(policy -> found.put(key(policy), policy));
    return List.copyOf(found.values());
  }

  private boolean was(RetentionPolicyResource policy, String hostPort) {
    return Specs.registryOf(policy)
        .map(name -> lastAddresses.get(key(policy.getMetadata().getNamespace(), name)))
        .filter(addresses -> addresses.contains(ServiceNames.shortest(hostPort)))
        .isPresent();
  }

  /** Whether nobody knows which registry a policy is about: its Registry is away, or says not. */
  boolean isStray(RetentionPolicyResource policy) {
    return Specs.registryOf(policy)
        .filter(name -> isThere(key(policy.getMetadata().getNamespace(), name)))
        .isEmpty();
  }

  private Stream<RetentionPolicyResource> strays() {
    return named.stream()
        .filter(registry -> !isThere(registry))
        .flatMap(registry -> policies.byKey(registry).stream());
  }

  private boolean isThere(String registry) {
    int slash = registry.indexOf('/');
    return slash >= 0
        && registries.get(registry.substring(0, slash), registry.substring(slash + 1)).isPresent()
        && !withoutAddress.contains(registry);
  }

  /** Whether all that was there at the start is known: before, what is not seen may be there. */
  boolean isFilled() {
    return filled;
  }

  /** All caches have what was there. */
  void fill() {
    filled = true;
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

    private final Wakes<R> wakes = new Wakes<>(id -> cache().get(id));
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
      wakes.wake(new ResourceID(name, namespace));
    }

    void wake(R resource) {
      wakes.wake(ResourceID.fromResource(resource));
    }

    /**
     * Ends those that had the name of a resource and are gone, each once. The framework forgets
     * with the last of them a successor that came while it was reconciled: that is woken again.
     *
     * @param isGone whether it reconciles one that is gone
     */
    void eachGone(R resource, boolean isGone, Consumer<R> end) {
      try {
        wakes.eachGone(resource, end);
      } finally { // not before: what comes while it reconciles is what it forgets
        if (isGone) {
          CompletableFuture.delayedExecutor(SUCCESSOR.toMillis(), TimeUnit.MILLISECONDS)
              .execute(() -> wake(resource));
        }
      }
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
