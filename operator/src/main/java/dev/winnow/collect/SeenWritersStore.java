package dev.winnow.collect;

import dev.winnow.api.SeenWriters;
import dev.winnow.cluster.RegistryResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.net.HttpURLConnection;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/** Keeps what is remembered of writers in the status of their Registry. */
final class SeenWritersStore {
  private static final int TRIES = 5;

  private final KubernetesClient client;

  SeenWritersStore(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Goes on from what is stored, and stores what comes of it.
   *
   * @return what is stored now
   */
  WriterMemory update(RegistryResource registry, Function<SeenWriters, WriterMemory> next) {
    for (int i = 1; ; i++) {
      RegistryResource now =
          client
              .resources(RegistryResource.class)
              .inNamespace(registry.getMetadata().getNamespace())
              .withName(registry.getMetadata().getName())
              .get();
      SeenWriters before =
          now == null || now.getStatus() == null || now.getStatus().writers() == null
              ? SeenWriters.none("")
              : now.getStatus().writers();
      WriterMemory after = next.apply(before);
      if (now == null || Objects.equals(before, after.seen())) {
        return after;
      }
      try {
        write(now, after.seen());
        return after;
      } catch (KubernetesClientException e) {
        if (e.getCode() != HttpURLConnection.HTTP_CONFLICT || i == TRIES) {
          throw e;
        }
      }
    }
  }

  /** Only if nobody has written to the Registry since it was read. */
  private void write(RegistryResource registry, SeenWriters seen) {
    client
        .resources(RegistryResource.class)
        .inNamespace(registry.getMetadata().getNamespace())
        .withName(registry.getMetadata().getName())
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            client
                .getKubernetesSerialization()
                .asJson(
                    Map.of(
                        "metadata",
                        Map.of("resourceVersion", registry.getMetadata().getResourceVersion()),
                        "status",
                        Map.of("writers", seen))));
  }
}
