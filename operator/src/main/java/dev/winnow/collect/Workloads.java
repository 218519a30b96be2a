package dev.winnow.collect;

import dev.winnow.api.Storage.WorkloadKind;
import dev.winnow.api.Storage.WorkloadRef;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.KubernetesResourceList;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads and changes the workloads that run registries. */
final class Workloads {
  private final KubernetesClient client;

  Workloads(KubernetesClient client) {
    this.client = client;
  }

  Optional<Workload> get(String namespace, WorkloadRef ref) {
    return switch (ref.kind()) {
      case Deployment ->
          one(client.apps().deployments(), namespace, ref).map(each -> Workload.of(each, ref));
      case StatefulSet ->
          one(client.apps().statefulSets(), namespace, ref).map(each -> Workload.of(each, ref));
      case DaemonSet ->
          one(client.apps().daemonSets(), namespace, ref).map(each -> Workload.of(each, ref));
    };
  }

  /** Those with a label in a namespace; in all namespaces where that is empty. */
  Stream<Workload> labelled(Optional<String> namespace, String label) {
    return Stream.of(
            all(client.apps().deployments(), namespace, label).stream()
                .map(each -> Workload.of(each, ref(WorkloadKind.Deployment, each))),
            all(client.apps().statefulSets(), namespace, label).stream()
                .map(each -> Workload.of(each, ref(WorkloadKind.StatefulSet, each))),
            all(client.apps().daemonSets(), namespace, label).stream()
                .map(each -> Workload.of(each, ref(WorkloadKind.DaemonSet, each))))
        .flatMap(each -> each);
  }

  private static WorkloadRef ref(WorkloadKind kind, HasMetadata object) {
    return new WorkloadRef(kind, object.getMetadata().getName(), null);
  }

  private static <T extends HasMetadata, L extends KubernetesResourceList<T>, R extends Resource<T>>
      Optional<T> one(MixedOperation<T, L, R> operation, String namespace, WorkloadRef ref) {
    return Optional.ofNullable(operation.inNamespace(namespace).withName(ref.name()).get());
  }

  private static <T extends HasMetadata, L extends KubernetesResourceList<T>, R extends Resource<T>>
      List<T> all(MixedOperation<T, L, R> operation, Optional<String> namespace, String label) {
    return namespace
        .map(in -> operation.inNamespace(in).withLabel(label).list())
        .orElseGet(() -> operation.inAnyNamespace().withLabel(label).list())
        .getItems();
  }

  /**
   * Says by server-side apply what a manager wants of a workload: these fields, and none of those
   * that it wanted before. One that is gone meanwhile is not made again.
   *
   * @param force whether to take fields that others have set
   * @param own labels and annotations of the workload itself
   */
  void apply(
      Workload workload,
      String manager,
      boolean force,
      Map<String, Map<String, String>> own,
      @Nullable Map<String, Object> template) {
    HasMetadata object = workload.object();
    Map<String, Object> metadata = new LinkedHashMap<>();
    metadata.put("name", object.getMetadata().getName());
    metadata.put("namespace", object.getMetadata().getNamespace());
    metadata.put("uid", object.getMetadata().getUid());
    metadata.putAll(own);
    Map<String, Object> patch = new LinkedHashMap<>();
    patch.put("apiVersion", "apps/v1");
    patch.put("kind", workload.ref().kind().name());
    patch.put("metadata", metadata);
    if (template != null) {
      patch.put("spec", Map.of("template", template));
    }
    PatchContext context =
        new PatchContext.Builder()
            .withPatchType(PatchType.SERVER_SIDE_APPLY)
            .withFieldManager(manager)
            .withForce(force)
            .build();
    patch(workload, context, client.getKubernetesSerialization().asJson(patch));
  }

  /** Removes an annotation whosoever it is. */
  void removeAnnotation(Workload workload, String name) {
    // A null in a map would not be written.
    String json = "{\"metadata\":{\"annotations\":{\"" + name + "\":null}}}";
    patch(workload, PatchContext.of(PatchType.JSON_MERGE), json);
  }

  private void patch(Workload workload, PatchContext context, String json) {
    String namespace = workload.object().getMetadata().getNamespace();
    String name = workload.object().getMetadata().getName();
    switch (workload.ref().kind()) {
      case Deployment ->
          client.apps().deployments().inNamespace(namespace).withName(name).patch(context, json);
      case StatefulSet ->
          client.apps().statefulSets().inNamespace(namespace).withName(name).patch(context, json);
      case DaemonSet ->
          client.apps().daemonSets().inNamespace(namespace).withName(name).patch(context, json);
    }
  }
}
