package dev.winnow.controller;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.api.reconciler.PrimaryUpdateAndCacheUtils;
import java.util.Objects;
import java.util.function.Supplier;

/** Writes a status when it changes, and only then. */
final class StatusWriter {
  private StatusWriter() {}

  /**
   * Writes by server-side apply: the whole status is ours, and nothing else is touched.
   *
   * @param blank makes an empty object of the kind
   * @return the object as it is now
   */
  static <R extends CustomResource<?, T>, T> R write(
      R resource, T status, Supplier<R> blank, Context<R> context) {
    if (Objects.equals(resource.getStatus(), status)) {
      return resource;
    }
    R fresh = blank.get();
    fresh.setMetadata(
        new ObjectMetaBuilder()
            .withNamespace(resource.getMetadata().getNamespace())
            .withName(resource.getMetadata().getName())
            .build());
    fresh.setStatus(status);
    return PrimaryUpdateAndCacheUtils.ssaPatchStatusAndCacheResource(resource, fresh, context);
  }
}
