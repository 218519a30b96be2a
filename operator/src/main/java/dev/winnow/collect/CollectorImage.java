package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The image that the collector runs from: the very one of the operator, so that both are of one
 * version.
 *
 * @param name of the image
 * @param pullPolicy as of the operator's own; null: the default
 */
public record CollectorImage(String name, @Nullable String pullPolicy) {
  private static final String CONTAINER = "operator";

  /**
   * Finds it out; empty when it is not known.
   *
   * @throws KubernetesClientException when the API server does not say
   */
  public static Optional<CollectorImage> of(KubernetesClient client, CollectorSettings settings) {
    if (settings.image().isPresent()) {
      return settings.image().map(name -> new CollectorImage(name, null));
    }
    return settings
        .pod()
        .map(own -> client.pods().inNamespace(own.namespace()).withName(own.name()).get())
        .flatMap(CollectorImage::of);
  }

  /** Another container may have been put beside it. */
  private static Optional<CollectorImage> of(Pod pod) {
    return pod.getSpec().getContainers().stream()
        .filter(container ->
            container.getName().equals(CONTAINER) || pod.getSpec().getContainers().size() == 1)
        .findFirst()
        .map((Container container) ->
            new CollectorImage(container.getImage(), container.getImagePullPolicy()));
  }
}
