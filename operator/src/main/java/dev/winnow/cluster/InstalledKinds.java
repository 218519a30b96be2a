package dev.winnow.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import dev.winnow.api.GarbageCollection;
import dev.winnow.api.GarbageCollectionStatus;
import dev.winnow.api.Opaque;
import dev.winnow.api.Registry;
import dev.winnow.api.RegistryStatus;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicyStatus;
import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.net.HttpURLConnection;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether the kinds that are installed have all that this version reads and writes. The schema that
 * the API server publishes says it to every account, unlike the definitions themselves.
 */
public final class InstalledKinds {
  private static final Logger LOG = LoggerFactory.getLogger(InstalledKinds.class);
  private static final String SCHEMAS =
      "/openapi/v3/apis/" + Resources.GROUP + "/" + Resources.VERSION;

  /** The command that installs the kinds, from a checkout. */
  public static final String INSTALL = "kubectl apply --server-side -k crds";

  private final KubernetesClient client;

  public InstalledKinds(KubernetesClient client) {
    this.client = client;
  }

  private record Kind(Class<? extends HasMetadata> type, Class<?> spec, Class<?> status) {}

  private static final List<Kind> KINDS =
      List.of(
          new Kind(RegistryResource.class, Registry.Spec.class, RegistryStatus.class),
          new Kind(
              RetentionPolicyResource.class,
              RetentionPolicy.Spec.class,
              RetentionPolicyStatus.class),
          new Kind(RetentionRunResource.class, RetentionRun.Spec.class, RetentionRunStatus.class),
          new Kind(
              GarbageCollectionResource.class,
              GarbageCollection.Spec.class,
              GarbageCollectionStatus.class));

  /** What is missing, with the next step; empty where this version can work. */
  public Optional<String> problem() {
    JsonNode schemas;
    try {
      schemas = schemas();
    } catch (KubernetesClientException e) {
      if (e.getCode() != HttpURLConnection.HTTP_FORBIDDEN) {
        throw e;
      }
      LOG.atWarn().setCause(e).log("whether the installed kinds are of this version is not known");
      return Optional.empty();
    }
    List<String> problems =
        KINDS.stream().flatMap(kind -> problem(kind, schemas).stream()).toList();
    return problems.isEmpty()
        ? Optional.empty()
        : Optional.of(String.join("\n", problems) + "\nInstall those of this version: " + INSTALL);
  }

  private JsonNode schemas() {
    // Of an absence the client makes no text.
    String text = client.raw(SCHEMAS);
    return text == null
        ? MissingNode.getInstance()
        : client
            .getKubernetesSerialization()
            .unmarshal(text, JsonNode.class)
            .at("/components/schemas");
  }

  private static Optional<String> problem(Kind kind, JsonNode schemas) {
    String definition = HasMetadata.getFullResourceName(kind.type());
    Optional<JsonNode> schema =
        StreamSupport.stream(schemas.spliterator(), false)
            .filter(each ->
                HasMetadata.getKind(kind.type())
                    .equals(each.at("/x-kubernetes-group-version-kind/0/kind").textValue()))
            .findFirst();
    if (schema.isEmpty()) {
      return Optional.of("the custom resource definition " + definition + " is not installed");
    }
    List<String> missing = new ArrayList<>();
    compare(kind.spec(), schema.get().at("/properties/spec"), "spec", missing);
    compare(kind.status(), schema.get().at("/properties/status"), "status", missing);
    return missing.isEmpty()
        ? Optional.empty()
        : Optional.of(
            "the custom resource definition "
                + definition
                + " is older than this version; it lacks "
                + String.join(", ", missing));
  }

  private static void compare(Type type, JsonNode schema, String path, List<String> missing) {
    if (schema.isMissingNode()) {
      missing.add(path);
    } else if (schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()
        || type == Opaque.class) {
      return;
    } else if (type instanceof ParameterizedType generic) {
      Type[] arguments = generic.getActualTypeArguments();
      JsonNode inside =
          schema.path(generic.getRawType() == List.class ? "items" : "additionalProperties");
      compare(arguments[arguments.length - 1], inside, path, missing);
    } else if (type instanceof Class<?> plain && plain.isEnum()) {
      for (Object constant : plain.getEnumConstants()) {
        if (StreamSupport.stream(schema.path("enum").spliterator(), false)
            .noneMatch(value -> value.asText().equals(constant.toString()))) {
          missing.add(path + ": " + constant);
        }
      }
    } else if (type instanceof Class<?> plain && plain.isRecord()) {
      for (RecordComponent field : plain.getRecordComponents()) {
        compare(
            field.getGenericType(),
            schema.path("properties").path(field.getName()),
            path + "." + field.getName(),
            missing);
      }
    }
  }
}
