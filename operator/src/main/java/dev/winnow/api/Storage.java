package dev.winnow.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Where a registry's volume is and who writes to it.
 *
 * @param claimName the PersistentVolumeClaim with the registry's data, in the same namespace
 * @param rootDirectory path of the store inside the volume, as the registry is configured; empty:
 *     the volume itself
 * @param workloadRef the pods that write to the volume
 * @param cache where the registry keeps blob descriptors
 * @param redis the Redis that the registry keeps them in
 */
public record Storage(
    @JsonProperty(required = true) @Required @Size(min = 1, max = 253) String claimName,
    @Default("\"\"") @Size(max = 1024) String rootDirectory,
    @Nullable WorkloadRef workloadRef,
    @Default("Auto") Cache cache,
    @Nullable Redis redis) {

  /** Where a registry keeps blob descriptors. */
  public enum Cache {
    Auto,
    None,
    InMemory,
    Redis
  }

  /** The kinds of workload that run a registry. */
  public enum WorkloadKind {
    Deployment,
    StatefulSet,
    DaemonSet
  }

  /**
   * @param kind kind of the workload
   * @param name name of the workload
   * @param container name of the registry's container; absent: the only one
   */
  public record WorkloadRef(
      @JsonProperty(required = true) @Required WorkloadKind kind,
      @JsonProperty(required = true) @Required @Size(min = 1, max = 253) String name,
      @Nullable @Size(min = 1, max = 63) String container) {}

  /**
   * @param url address of the Redis, without a password
   * @param passwordSecretRef Secret and key with its password
   */
  public record Redis(
      @JsonProperty(required = true)
          @Required
          @Size(min = 8, max = 512)
          @Pattern("^rediss?://[^@\\s]+$")
          String url,
      Registry.@Nullable KeyRef passwordSecretRef) {}

  @SuppressWarnings("ConstantValue")
  public Storage {
    rootDirectory = rootDirectory == null ? "" : rootDirectory;
    cache = Objects.requireNonNullElse(cache, Cache.Auto);
  }
}
