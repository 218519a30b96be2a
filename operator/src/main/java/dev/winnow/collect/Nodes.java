package dev.winnow.collect;

import dev.winnow.api.SeenWriters;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What the nodes of one look say of themselves, where they may be read. */
final class Nodes {
  private final KubernetesClient client;
  private final Map<String, State> known = new HashMap<>();

  /** What is known of a node. */
  private sealed interface State {
    /** Nothing. */
    record NotReadable() implements State {}

    /** It is gone. */
    record Gone() implements State {}

    /**
     * It is there.
     *
     * @param bootId differs from start to start
     */
    record There(String bootId) implements State {}
  }

  Nodes(KubernetesClient client) {
    this.client = client;
  }

  Optional<String> bootId(String node) {
    return state(node) instanceof State.There(String bootId)
        ? Optional.of(bootId)
        : Optional.empty();
  }

  /** Whether the node that a container ran on is gone, or was started again since. */
  boolean isGone(SeenWriters.Container container) {
    return switch (state(container.node())) {
      case State.NotReadable unknown -> false;
      case State.Gone gone -> true;
      case State.There(String bootId) ->
          container.bootId() != null && !container.bootId().equals(bootId);
    };
  }

  private State state(String node) {
    return known.computeIfAbsent(node, this::read);
  }

  private State read(String name) {
    if (name.isEmpty()) {
      return new State.NotReadable();
    }
    try {
      Node node = client.nodes().withName(name).get();
      if (node == null) {
        return new State.Gone();
      }
      return node.getStatus() == null || node.getStatus().getNodeInfo() == null
          ? new State.NotReadable()
          : new State.There(node.getStatus().getNodeInfo().getBootID());
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_FORBIDDEN) {
        return new State.NotReadable();
      }
      throw e;
    }
  }
}
