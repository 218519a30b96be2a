package dev.winnow.controller;

import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import io.fabric8.kubernetes.client.CustomResource;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.javaoperatorsdk.operator.api.reconciler.Context;
import io.javaoperatorsdk.operator.processing.event.ResourceID;
import java.util.Objects;
import java.util.function.Supplier;

/** Writes a status when it changes, and only then. */
final class StatusWriter {
  private static final String MANAGER = "winnow";

  private StatusWriter() {}

  /**
   * Writes by server-side apply: the whole status is ours, and nothing else is touched. It is
   * written to the object as we saw it: an operator that does not lead any more and has not noticed
   * is refused (409), and so is one that looked at an old state, which looks again then.
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
            .withResourceVersion(resource.getMetadata().getResourceVersion())
            .build());
    fresh.setStatus(status);
    R written =
        context
            .getClient()
            .resource(fresh)
            .subresource("status")
            .patch(
                new PatchContext.Builder()
                    .withPatchType(PatchType.SERVER_SIDE_APPLY)
                    .withFieldManager(MANAGER)
                    .withForce(true)
                    .build());
    // The next look, from whatever cause, sees what was written.
    context
        .eventSourceRetriever()
        .getControllerEventSource()
        .handleRecentResourceUpdate(ResourceID.fromResource(resource), written, resource);
    return written;
  }
}
