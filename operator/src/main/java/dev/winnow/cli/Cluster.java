package dev.winnow.cli;

import dev.winnow.cluster.PlanStore;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.cluster.StoredSpec;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.Resource;
import java.net.HttpURLConnection;
import java.util.List;
import java.util.Optional;

/** Winnow's resources in a cluster, for a user who works in one namespace. */
final class Cluster implements AutoCloseable {
  private final KubernetesClient client;
  private final String namespace;

  Cluster(KubernetesClient client, String namespace) {
    this.client = client;
    this.namespace = namespace;
  }

  /** The spec; empty when it is missing or says what this version does not know. */
  static <S> Optional<S> spec(CustomResource<StoredSpec<S>, ?> resource) {
    return resource.getSpec() instanceof StoredSpec.Known<S>(S value)
        ? Optional.of(value)
        : Optional.empty();
  }

  KubernetesClient client() {
    return client;
  }

  String namespace() {
    return namespace;
  }

  PlanStore store() {
    return new PlanStore(client);
  }

  /** A run, as a thing that can be changed and watched. */
  Resource<RetentionRunResource> runAt(String name) {
    return client.resources(RetentionRunResource.class).inNamespace(namespace).withName(name);
  }

  /** A policy, as a thing that can be changed. */
  Resource<RetentionPolicyResource> policyAt(String name) {
    return client.resources(RetentionPolicyResource.class).inNamespace(namespace).withName(name);
  }

  /** A run that must be there. */
  RunView run(String name) throws CommandException {
    RetentionRunResource run = runAt(ObjectNames.object(name)).get();
    if (run == null) {
      throw missing("RetentionRun", name, RetentionRunResource.class);
    }
    return RunView.of(run);
  }

  /** A policy that must be there. */
  RetentionPolicyResource policy(String name) throws CommandException {
    RetentionPolicyResource policy = policyAt(ObjectNames.object(name)).get();
    if (policy == null) {
      throw missing("RetentionPolicy", name, RetentionPolicyResource.class);
    }
    return policy;
  }

  /** A registry that must be there. */
  RegistryResource registry(String name) throws CommandException {
    RegistryResource registry =
        client.resources(RegistryResource.class).inNamespace(namespace).withName(name).get();
    if (registry == null) {
      throw missing("Registry", name, RegistryResource.class);
    }
    return registry;
  }

  /** The runs of this namespace, or of all. */
  List<RetentionRunResource> runs(boolean everywhere) {
    return list(RetentionRunResource.class, everywhere);
  }

  /** The resources of a kind in this namespace, or in all. */
  <R extends HasMetadata> List<R> list(Class<R> kind, boolean everywhere) {
    return everywhere
        ? client.resources(kind).inAnyNamespace().list().getItems()
        : client.resources(kind).inNamespace(namespace).list().getItems();
  }

  /** Fails where there is no such namespace: a name that is misspelt holds nothing, either. */
  void checkNamespace() throws CommandException {
    try {
      if (client.namespaces().withName(namespace).get() == null) {
        throw new CommandException(Exit.FAILED, "there is no namespace " + namespace);
      }
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) { // who may work in it need not see it
        throw e;
      }
    }
  }

  private <R extends HasMetadata> CommandException missing(
      String kind, String name, Class<R> type) {
    List<String> names =
        list(type, false).stream().map(each -> each.getMetadata().getName()).toList();
    return new CommandException(
        Exit.FAILED,
        "there is no "
            + kind
            + " "
            + name
            + " in namespace "
            + namespace
            + ObjectNames.meant(name, names));
  }

  @Override
  public void close() {
    client.close();
  }
}
