package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.ManagedFieldsEntry;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.KubernetesSerialization;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What stands on a workload while its registry is kept from writing, from before it is until it
 * writes again: enough for anybody to end that.
 *
 * @param registry name of the Registry
 * @param collection name of the collection that it is for
 * @param uid of that
 * @param container the registry's
 * @param until when it ends, done or not
 * @param isSet whether the variable was set
 */
public record WindowRecord(
    String registry,
    String collection,
    String uid,
    String container,
    Instant until,
    boolean isSet) {
  /** The annotation that it stands in. */
  public static final String ANNOTATION = "winnow.dev/read-only-window";

  /** A label by which workloads that have it are found. */
  static final String LABEL = "winnow.dev/read-only-window";

  /** Whose fields of a workload these are. */
  static final String MANAGER = "winnow-window";

  WindowRecord set() {
    return new WindowRecord(registry, collection, uid, container, until, true);
  }

  String text(KubernetesSerialization serialization) {
    Map<String, Object> fields = new LinkedHashMap<>();
    fields.put("registry", registry);
    fields.put("collection", collection);
    fields.put("uid", uid);
    fields.put("container", container);
    fields.put("until", until.toString());
    fields.put("set", isSet);
    return serialization.asJson(fields);
  }

  /** That of a workload; one that cannot be read has run out. */
  static Optional<WindowRecord> of(Workload workload, KubernetesSerialization serialization) {
    Map<String, String> annotations =
        Objects.requireNonNullElse(workload.object().getMetadata().getAnnotations(), Map.of());
    return Optional.ofNullable(annotations.get(ANNOTATION)).map(text -> read(text, serialization));
  }

  private static WindowRecord read(String text, KubernetesSerialization serialization) {
    try {
      @Nullable Map<?, ?> fields = serialization.unmarshal(text, Map.class);
      return new WindowRecord(
          field(fields, "registry"),
          field(fields, "collection"),
          field(fields, "uid"),
          field(fields, "container"),
          Instant.parse(field(fields, "until")),
          fields != null && Boolean.TRUE.equals(fields.get("set")));
    } catch (KubernetesClientException | IllegalArgumentException | DateTimeException e) {
      return new WindowRecord("", "", "", "", Instant.EPOCH, true);
    }
  }

  private static String field(@Nullable Map<?, ?> fields, String name) {
    return fields != null && fields.get(name) instanceof String text ? text : "";
  }

  /** What we have applied to a workload, by the names of its fields at the top. */
  static Map<String, Object> ownFields(Workload workload) {
    return applied(workload)
        .filter(each -> each.getFieldsV1() != null)
        .map(each -> each.getFieldsV1().getAdditionalProperties())
        .findFirst()
        .orElse(Map.of());
  }

  /** When we have last applied something to a workload, by the API server's clock. */
  static Optional<Instant> began(Workload workload) {
    return applied(workload)
        .flatMap(each -> Stream.ofNullable(each.getTime()))
        .map(Instant::parse)
        .findFirst();
  }

  private static Stream<ManagedFieldsEntry> applied(Workload workload) {
    List<ManagedFieldsEntry> all =
        Objects.requireNonNullElse(workload.object().getMetadata().getManagedFields(), List.of());
    return all.stream().filter(each -> MANAGER.equals(each.getManager()));
  }
}
