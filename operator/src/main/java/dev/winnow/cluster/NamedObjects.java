package dev.winnow.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Watches single Secrets and ConfigMaps by name: those that a Registry names. No other is ever sent
 * to us.
 */
public final class NamedObjects implements AutoCloseable {
  private final KubernetesClient client;
  private final Consumer<String> changed;
  private final Map<Reference, Watched> watched = new HashMap<>();

  /** A Secret or ConfigMap. */
  public record Reference(Kind kind, String namespace, String name) {
    /** Which of the two. */
    public enum Kind {
      Secret,
      ConfigMap
    }
  }

  private record Watched(SharedIndexInformer<?> informer, Set<String> by) {}

  /**
   * @param changed called with a user of an object that was created, changed or deleted
   */
  public NamedObjects(KubernetesClient client, Consumer<String> changed) {
    this.client = client;
    this.changed = changed;
  }

  /** Has a user told of changes of these objects, and of no others that it asked for before. */
  public synchronized void watch(String user, Set<Reference> wanted) {
    Set<Reference> no = new HashSet<>();
    watched.forEach((reference, each) -> {
      if (!wanted.contains(reference) && each.by().remove(user) && each.by().isEmpty()) {
        no.add(reference);
      }
    });
    for (Reference reference : no) {
      Watched unused = watched.remove(reference);
      if (unused != null) {
        unused.informer().close();
      }
    }
    for (Reference reference : wanted) {
      watched.computeIfAbsent(reference, this::start).by().add(user);
    }
  }

  @Override
  public synchronized void close() {
    watched.values().forEach(each -> each.informer().close());
    watched.clear();
  }

  private Watched start(Reference reference) {
    return new Watched(
        switch (reference.kind()) {
          case Secret ->
              inform(
                  reference,
                  client.secrets().inNamespace(reference.namespace()).withName(reference.name()));
          case ConfigMap ->
              inform(
                  reference,
                  client
                      .configMaps()
                      .inNamespace(reference.namespace())
                      .withName(reference.name()));
        },
        new HashSet<>());
  }

  private <T extends HasMetadata> SharedIndexInformer<T> inform(
      Reference reference, Resource<T> resource) {
    SharedIndexInformer<T> informer =
        resource.runnableInformer(0).addEventHandler(new Teller<>(reference));
    // A right that is missing now may be given later.
    informer.exceptionHandler((started, problem) -> true);
    informer.start();
    return informer;
  }

  private void tell(Reference reference) {
    Set<String> users;
    synchronized (this) {
      Watched there = watched.get(reference);
      users = there == null ? Set.of() : Set.copyOf(there.by());
    }
    users.forEach(changed);
  }

  private final class Teller<T extends HasMetadata> implements ResourceEventHandler<T> {
    private final Reference reference;

    Teller(Reference reference) {
      this.reference = reference;
    }

    @Override
    public void onAdd(T object) {
      tell(reference);
    }

    @Override
    public void onUpdate(T before, T now) {
      if (!Objects.equals(
          before.getMetadata().getResourceVersion(), now.getMetadata().getResourceVersion())) {
        tell(reference);
      }
    }

    @Override
    public void onDelete(T object, boolean unknown) {
      tell(reference);
    }
  }
}
