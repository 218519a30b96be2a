package dev.winnow.api;

import com.fasterxml.jackson.annotation.JsonProperty;
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
      @JsonProperty(required = true) String url,
      List<String> aliases,
      @Nullable NameRef credentialsSecretRef,
      @Nullable KeyRef caBundleRef,
      Client client,
      Deletion deletion,
      @Nullable Opaque storage,
      @Nullable Opaque garbageCollection) {

    @SuppressWarnings("ConstantValue")
    public Spec {
      aliases = aliases == null ? List.of() : List.copyOf(aliases);
      client = client == null ? new Client(null, null) : client;
      deletion = Objects.requireNonNullElse(deletion, Deletion.Api);
    }
  }

  /**
   * @param concurrency requests in flight at most
   * @param timeout duration, as {@link Durations} reads it: until an answer begins, and without
   *     progress in its body
   */
  public record Client(Integer concurrency, String timeout) {
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
  public record NameRef(@JsonProperty(required = true) String name) {}

  /**
   * @param name name of an object in the same namespace
   * @param key key in its data
   */
  public record KeyRef(
      @JsonProperty(required = true) String name, @JsonProperty(required = true) String key) {}
}
