package dev.winnow.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How to reach one registry, where its volume is, and when its storage is collected.
 *
 * @param metadata name and namespace
 * @param spec what the user wants
 */
public record Registry(
    String apiVersion,
    String kind,
    @JsonProperty(required = true) Metadata metadata,
    @JsonProperty(required = true) Spec spec,
    @Nullable Opaque status) {

  /** Who deletes a tag: the registry's API, or the next collection on its volume. */
  public enum Deletion {
    Api,
    Volume
  }

  /**
   * @param url where the registry answers: scheme, host and port
   * @param aliases other {@code host[:port]} names that nodes and users pull by
   * @param credentialsSecretRef Secret of type basic-auth or dockerconfigjson
   * @param caBundleRef ConfigMap with certificates that are trusted besides the default ones
   * @param client how politely to ask
   * @param deletion who deletes a tag
   * @param storage the registry's volume
   * @param garbageCollection when and how the volume is collected
   */
  public record Spec(
      @JsonProperty(required = true)
          @Required
          @Size(min = 8, max = 512)
          @Pattern("^https?://[^/@?#\\s]+/?$")
          String url,
      @Size(max = 64) List<@Size(min = 1, max = 256) @Pattern("^[^/@\\s]+$") String> aliases,
      @Nullable NameRef credentialsSecretRef,
      @Nullable KeyRef caBundleRef,
      @Default("{}") Client client,
      @Default("Api") Deletion deletion,
      @Nullable Storage storage,
      @Nullable GarbageCollectionSettings garbageCollection) {

    @SuppressWarnings("ConstantValue")
    public Spec {
      aliases = aliases == null ? List.of() : List.copyOf(aliases);
      client = client == null ? new Client(null, null) : client;
      deletion = Objects.requireNonNullElse(deletion, Deletion.Api);
    }
  }

  /**
   * @param concurrency requests in flight at most
   * @param timeout as 30s or 1m30s: until an answer begins, and without progress in its body
   */
  public record Client(
      @Default("16") @Min(1) @Max(256) Integer concurrency,
      @Default(TIMEOUT) @Size(min = 2, max = 64) @Pattern(Durations.PATTERN) String timeout) {
    /** The defaults. */
    public static final int CONCURRENCY = 16;

    /** The default time-out. */
    public static final String TIMEOUT = "30s";

    public Client(@Nullable Integer concurrency, @Nullable String timeout) {
      this.concurrency = concurrency == null ? CONCURRENCY : concurrency;
      this.timeout = timeout == null ? TIMEOUT : timeout;
    }
  }

  /**
   * @param name name of an object in the same namespace
   */
  public record NameRef(
      @JsonProperty(required = true) @Required @Size(min = 1, max = 253) String name) {}

  /**
   * @param name name of an object in the same namespace
   * @param key key in its data
   */
  public record KeyRef(
      @JsonProperty(required = true) @Required @Size(min = 1, max = 253) String name,
      @JsonProperty(required = true) @Required @Size(min = 1, max = 253) String key) {}
}
