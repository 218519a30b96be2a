package dev.winnow.crds;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.cluster.Kubernetes;
import dev.winnow.controller.OperatorWorld;
import dev.winnow.testing.TestApiServer;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.Status;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.List;
import java.util.UUID;

/** A namespace on a real API server that is asked as strictly as kubectl asks it. */
final class StrictApi implements AutoCloseable {
  private final KubernetesClient admin;
  private final String namespace = "kinds-" + UUID.randomUUID().toString().substring(0, 8);

  StrictApi(TestApiServer server) {
    OperatorWorld.installKinds(server);
    admin = Kubernetes.client(server.config());
    admin
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
  }

  /**
   * What the API server has against a document.
   *
   * @param field as spec.rules[0].name
   */
  record Refusal(String field, String message) {}

  KubernetesClient admin() {
    return admin;
  }

  String namespace() {
    return namespace;
  }

  /** Creates an object, and gives it as it is stored. */
  JsonNode create(JsonNode document) {
    return send("POST", uri(document, ""), document);
  }

  /** Changes an object that is there, and gives it as it is stored. */
  JsonNode replace(JsonNode document) {
    return send("PUT", uri(document, "/" + name(document)), document);
  }

  /** What would be refused in a new object; empty where nothing is. */
  List<Refusal> refusals(JsonNode document) {
    return tried("POST", uri(document, "") + "&dryRun=All", document);
  }

  /** What would be refused in a change of an object that is there. */
  List<Refusal> refusalsOfChange(JsonNode document) {
    return tried("PUT", uri(document, "/" + name(document)) + "&dryRun=All", document);
  }

  private List<Refusal> tried(String method, String uri, JsonNode document) {
    try {
      send(method, uri, document);
      return List.of();
    } catch (KubernetesClientException e) {
      Status status = e.getStatus();
      if (status == null || e.getCode() != 422) {
        throw e;
      }
      return status.getDetails().getCauses().stream()
          .map(cause -> new Refusal(cause.getField(), cause.getMessage()))
          .toList();
    }
  }

  private JsonNode send(String method, String uri, JsonNode document) {
    return Kinds.yaml(admin.raw(uri, method, document));
  }

  private String uri(JsonNode document, String object) {
    String plural = Kinds.of(document.get("kind").textValue()).at("/spec/names/plural").textValue();
    return "/apis/%s/namespaces/%s/%s%s?fieldValidation=Strict"
        .formatted(document.get("apiVersion").textValue(), namespace, plural, object);
  }

  private static String name(JsonNode document) {
    return document.at("/metadata/name").textValue();
  }

  @Override
  public void close() {
    admin.namespaces().withName(namespace).delete();
    admin.close();
  }
}
