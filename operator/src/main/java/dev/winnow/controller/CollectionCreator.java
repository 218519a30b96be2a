package dev.winnow.controller;

import dev.winnow.api.GarbageCollection;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.GarbageCollectionStatus.Phase;
import dev.winnow.api.Registry;
import dev.winnow.cluster.CreatedAt;
import dev.winnow.cluster.GarbageCollectionResource;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.StoredSpec;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.api.model.OwnerReference;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Collectors;

/** Makes the collections of a registry, and deletes those that are no longer kept. */
final class CollectionCreator {
  /** The oldest first. */
  static final Comparator<GarbageCollectionResource> AGE = CreatedAt.oldestFirst();

  /** How many that succeeded, and how many that did not, are kept. */
  private static final int HISTORY = 3;

  private final KubernetesClient client;
  private final World world;
  private final InstantSource clock;

  CollectionCreator(KubernetesClient client, World world, InstantSource clock) {
    this.client = client;
    this.world = world;
    this.clock = clock;
  }

  static Phase phase(GarbageCollectionResource collection) {
    GarbageCollectionStatus status = collection.getStatus();
    return status == null
        ? Phase.Pending
        : Objects.requireNonNullElse(status.phase(), Phase.Pending);
  }

  /** Whether its registry is its own. */
  static boolean isUnderWay(GarbageCollectionResource collection) {
    return collection.getStatus() != null && collection.getStatus().underWay();
  }

  static boolean isDryRun(GarbageCollectionResource collection) {
    return Specs.of(collection).filter(spec -> Boolean.TRUE.equals(spec.dryRun())).isPresent();
  }

  /** The Registry that a collection is of; empty where it does not say, or that is not there. */
  Optional<RegistryResource> registry(GarbageCollectionResource collection) {
    return Specs.of(collection)
        .flatMap(spec ->
            world.registries.get(
                collection.getMetadata().getNamespace(), spec.registryRef().name()));
  }

  /** Those of a registry, and not of one that had its name before it. */
  List<GarbageCollectionResource> of(RegistryResource registry) {
    return world.collections.byKey(World.key(registry)).stream()
        .filter(each -> !isOfAnother(each, registry))
        .toList();
  }

  private static boolean isOfAnother(
      GarbageCollectionResource collection, RegistryResource registry) {
    List<OwnerReference> owners = collection.getMetadata().getOwnerReferences();
    return owners != null
        && owners.stream()
            .filter(owner -> owner.getKind().equals(registry.getKind()))
            .anyMatch(owner -> !owner.getUid().equals(registry.getMetadata().getUid()));
  }

  /** An older collection of the registry that has not ended; they go one after the other. */
  Optional<GarbageCollectionResource> before(
      GarbageCollectionResource collection, RegistryResource registry) {
    return of(registry).stream()
        .filter(other -> !phase(other).isEnd())
        .filter(other -> other.getMetadata().getDeletionTimestamp() == null)
        .filter(other -> AGE.compare(other, collection) < 0)
        .min(AGE);
  }

  /** Makes a collection; one of that name that is there already is the same. */
  void create(RegistryResource registry, String name) {
    GarbageCollectionResource collection = new GarbageCollectionResource();
    collection.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(registry.getMetadata().getNamespace())
            .withName(name)
            .addToLabels("app.kubernetes.io/managed-by", "winnow")
            .withAnnotations(CreatedAt.now(clock))
            .withOwnerReferences(owner(registry))
            .build());
    collection.setSpec(
        new StoredSpec.Known<>(
            new GarbageCollection.Spec(
                new Registry.NameRef(registry.getMetadata().getName()), null, null)));
    try {
      client.resource(collection).create();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_CONFLICT) {
        throw e;
      }
    }
  }

  /** A collection that a person made goes with its registry, too. */
  void adopt(GarbageCollectionResource collection, RegistryResource registry) {
    List<OwnerReference> owners = collection.getMetadata().getOwnerReferences();
    if (owners == null || owners.isEmpty()) {
      client
          .resources(GarbageCollectionResource.class)
          .inNamespace(collection.getMetadata().getNamespace())
          .withName(collection.getMetadata().getName())
          .patch(
              PatchContext.of(PatchType.JSON_MERGE),
              client
                  .getKubernetesSerialization()
                  .asJson(Map.of("metadata", Map.of("ownerReferences", List.of(owner(registry))))));
    }
  }

  /**
   * Deletes those beyond the history of a registry. Dry runs have one of their own: they do not
   * push out what collections know of what they took.
   */
  void deleteBeyond(RegistryResource registry) {
    of(registry).stream()
        .filter(each -> phase(each).isEnd())
        .sorted(AGE.reversed())
        .collect(Collectors.groupingBy(each -> List.of(phase(each), isDryRun(each))))
        .values()
        .forEach(
            alike -> alike.stream().skip(HISTORY).forEach(each -> client.resource(each).delete()));
  }

  private static OwnerReference owner(RegistryResource registry) {
    return new OwnerReferenceBuilder()
        .withApiVersion(registry.getApiVersion())
        .withKind(registry.getKind())
        .withName(registry.getMetadata().getName())
        .withUid(registry.getMetadata().getUid())
        .withController(true)
        .build();
  }
}
