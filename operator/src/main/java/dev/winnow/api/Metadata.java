package dev.winnow.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.jspecify.annotations.Nullable;

/**
 * The part of a Kubernetes object's metadata that Winnow reads; the rest is accepted as it is.
 *
 * @param name name of the object
 * @param namespace namespace; {@code default} when absent, as kubectl has it
 */
public record Metadata(
    @JsonProperty(required = true) String name,
    String namespace,
    @Nullable Opaque labels,
    @Nullable Opaque annotations,
    @Nullable Opaque creationTimestamp,
    @Nullable Opaque deletionGracePeriodSeconds,
    @Nullable Opaque deletionTimestamp,
    @Nullable Opaque finalizers,
    @Nullable Opaque generateName,
    @Nullable Opaque generation,
    @Nullable Opaque managedFields,
    @Nullable Opaque ownerReferences,
    @Nullable Opaque resourceVersion,
    @Nullable Opaque selfLink,
    @Nullable Opaque uid) {

  @SuppressWarnings("ConstantValue")
  public Metadata {
    namespace = namespace == null || namespace.isEmpty() ? "default" : namespace;
  }

  /** Metadata of a name in the default namespace. */
  public static Metadata named(String name) {
    return new Metadata(
        name, "default", null, null, null, null, null, null, null, null, null, null, null, null,
        null);
  }
}
