package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.api.Registry;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.StoredSpec;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** A policy of the cluster with all that it needs, as if it had been given by files. */
final class ClusterDocuments {
  private static final String NAME = "the cluster";

  private final Terminal terminal;
  private final Cluster cluster;
  private final Documents documents = new Documents();

  ClusterDocuments(Terminal terminal, Cluster cluster) {
    this.terminal = terminal;
    this.cluster = cluster;
  }

  /** The policy, its Registry, and what that names, as far as it may be read. */
  Documents of(String policy) throws CommandException {
    RetentionPolicyResource resource = cluster.policy(policy);
    RetentionPolicy.Spec spec = add(resource);
    Registry.Spec registry = add(cluster.registry(spec.registryRef().name()));
    Registry.NameRef credentials = registry.credentialsSecretRef();
    if (credentials != null) {
      read(
              "Secret",
              credentials.name(),
              cluster
                  .client()
                  .secrets()
                  .inNamespace(cluster.namespace())
                  .withName(credentials.name()))
          .ifPresent(this::add);
    }
    Registry.KeyRef certificates = registry.caBundleRef();
    if (certificates != null) {
      read(
              "ConfigMap",
              certificates.name(),
              cluster
                  .client()
                  .configMaps()
                  .inNamespace(cluster.namespace())
                  .withName(certificates.name()))
          .ifPresent(map -> add(map, certificates.key()));
    }
    return documents;
  }

  /** The other policies that count. Nothing is deleted by what is left out here: it is said. */
  ClusterPolicies policies() {
    try {
      return ClusterPolicies.read(cluster, true);
    } catch (KubernetesClientException e) {
      if (!ClusterFailure.isForbidden(e)) {
        throw e;
      }
      terminal.warn(
          "policies of other namespaces are not considered, though they may keep the tag: "
              + ClusterFailure.said(e));
      return ClusterPolicies.read(cluster, false);
    }
  }

  private <S> S add(CustomResource<StoredSpec<S>, ?> resource) throws CommandException {
    return switch (resource.getSpec()) {
      case StoredSpec.Known<S>(S value) -> {
        put(resource, Documents.API_VERSION, Map.of("spec", value));
        yield value;
      }
      case StoredSpec.NotKnown<S>(String path, String message, var raw) ->
          throw new CommandException(
              Exit.REFUSED,
              resource.getKind()
                  + " "
                  + resource.getMetadata().getName()
                  + ": "
                  + path
                  + ": this version of Winnow does not understand it: "
                  + message);
    };
  }

  private void add(Secret secret) {
    put(
        secret,
        "v1",
        Map.of(
            "type",
            Objects.requireNonNullElse(secret.getType(), "Opaque"),
            "data",
            Objects.requireNonNullElse(secret.getData(), Map.of())));
  }

  private void add(ConfigMap map, String key) {
    String value = map.getData() == null ? null : map.getData().get(key);
    put(map, "v1", Map.of("data", value == null ? Map.of() : Map.of(key, value)));
  }

  /** Only what is read of it: a document is strict about what it does not know. */
  private void put(HasMetadata resource, String apiVersion, Map<String, Object> fields) {
    Map<String, Object> document = new HashMap<>(fields);
    document.put("apiVersion", apiVersion);
    document.put("kind", resource.getKind());
    document.put(
        "metadata",
        Map.of(
            "name",
            resource.getMetadata().getName(),
            "namespace",
            resource.getMetadata().getNamespace()));
    documents.read(NAME, cluster.client().getKubernetesSerialization().asJson(document));
  }

  /** Who may read policies need not be allowed to read Secrets; there are other ways to log in. */
  private <T> Optional<T> read(String kind, String name, Resource<T> resource) {
    try {
      T found = resource.get();
      if (found == null) {
        terminal.warn(kind + " " + name + " is not there, in namespace " + cluster.namespace());
      }
      return Optional.ofNullable(found);
    } catch (KubernetesClientException e) {
      if (!ClusterFailure.isForbidden(e)) {
        throw e;
      }
      terminal.warn(ClusterFailure.said(e));
      return Optional.empty();
    }
  }
}
