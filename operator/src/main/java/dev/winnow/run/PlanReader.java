package dev.winnow.run;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.winnow.oci.Digest;
import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import java.io.IOException;
import java.io.InputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads plans in the form that {@link PlanJson} writes, one document or JSON lines, as a stream.
 */
public final class PlanReader {
  private static final JsonMapper JSON = new JsonMapper();

  private PlanReader() {}

  /** Takes what is read. */
  public interface Reader {
    /**
     * Once a plan, before its decisions.
     *
     * @param kind {@code Plan} or {@code Result}
     */
    default void header(String kind, PlanHeader header) throws IOException {}

    /** Each decision. */
    void decision(String repository, Decision decision) throws IOException;

    /**
     * Each decision of a result that was to be applied.
     *
     * @param applied what became of it
     */
    default void applied(String repository, Decision decision, Applied applied) throws IOException {
      decision(repository, decision);
    }

    /** Once a plan, at its end: what it comes to. */
    default void summary(PlanSummary summary) throws IOException {}

    /** Once a plan, behind its summary: the digest that it claims. */
    default void digest(String digest) throws IOException {}
  }

  /**
   * Reads all plans of a stream.
   *
   * @throws IOException also when it holds something else; the message says what
   */
  public static void read(InputStream in, Reader reader) throws IOException {
    try (JsonParser json = JSON.createParser(in)) {
      JsonToken token = json.nextToken();
      if (token == null) {
        throw new IOException("the plan is empty");
      }
      while (token != null) {
        if (token != JsonToken.START_OBJECT) {
          throw new IOException("not a plan: an object was expected");
        }
        readObject(json, reader);
        token = json.nextToken();
      }
    }
  }

  /** An object: a whole plan, a list of plans, or one JSON line. */
  private static void readObject(JsonParser json, Reader reader) throws IOException {
    ObjectNode fields = JSON.createObjectNode();
    boolean begun = false;
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      switch (field) {
        case "decisions" -> {
          reader.header(kind(fields), header(fields));
          begun = true;
          readArray(json, () -> decision(json.readValueAsTree(), reader));
        }
        case "items" -> {
          begun = true;
          readArray(json, () -> readObject(json, reader));
        }
        default -> fields.set(field, json.readValueAsTree());
      }
    }
    if (fields.has("error")) {
      throw new IOException("it was not planned to the end: " + text(fields, "error"));
    }
    if (fields.has("tag")) {
      decision(fields, reader);
    } else if (fields.has("digest")) {
      if (fields.has("summary")) {
        reader.summary(summary(fields.path("summary"), text(fields, "digest")));
      }
      reader.digest(text(fields, "digest"));
    } else if (!begun) {
      reader.header(kind(fields), header(fields));
    }
  }

  private interface Item {
    void read() throws IOException;
  }

  private static void readArray(JsonParser json, Item item) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      throw new IOException("not a plan: a list was expected");
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      item.read();
    }
  }

  private static String kind(JsonNode fields) throws IOException {
    if (!text(fields, "apiVersion").equals(PlanJson.API_VERSION)) {
      throw new IOException("not a plan: apiVersion is not " + PlanJson.API_VERSION);
    }
    return text(fields, "kind");
  }

  private static PlanHeader header(JsonNode fields) throws IOException {
    Instant at = instant(fields, "at");
    if (at == null) {
      throw new IOException("not a plan: at is missing");
    }
    return new PlanHeader(
        text(fields, "policy"), text(fields, "registry"), text(fields, "url"), at);
  }

  private static void decision(JsonNode fields, Reader reader) throws IOException {
    try {
      String digest = optional(fields, "digest");
      Decision decision =
          new Decision(
              text(fields, "tag"),
              digest == null ? null : new Digest(digest),
              Action.valueOf(text(fields, "action")),
              Reason.valueOf(text(fields, "reason")),
              optional(fields, "rule"),
              instant(fields, "pushed"),
              instant(fields, "created"),
              fields.path("bytes").isIntegralNumber() ? fields.path("bytes").longValue() : null,
              List.of());
      String outcome = optional(fields, "outcome");
      if (outcome == null) {
        reader.decision(text(fields, "repository"), decision);
      } else {
        reader.applied(text(fields, "repository"), decision, applied(fields, decision, outcome));
      }
    } catch (IllegalArgumentException e) {
      throw new IOException("not a plan: " + e.getMessage(), e);
    }
  }

  private static Applied applied(JsonNode fields, Decision decision, String outcome) {
    Applied.Result result = Applied.Result.valueOf(outcome);
    Reason reason = decision.reason();
    return new Applied(
        result, reason.action() == Action.Skip ? reason : null, optional(fields, "message"));
  }

  private static PlanSummary summary(JsonNode fields, String digest) throws IOException {
    Map<Reason, Long> reasons = new EnumMap<>(Reason.class);
    Map<String, String> unreadable = new TreeMap<>();
    List<String> selectsNothing = new ArrayList<>();
    try {
      fields
          .path("reasons")
          .properties()
          .forEach(reason ->
              reasons.put(Reason.valueOf(reason.getKey()), reason.getValue().longValue()));
    } catch (IllegalArgumentException e) {
      throw new IOException("not a plan: " + e.getMessage(), e);
    }
    fields.path("selectsNothing").forEach(name -> selectsNothing.add(name.asText()));
    for (JsonNode repository : fields.path("unreadable")) {
      unreadable.put(text(repository, "repository"), text(repository, "error"));
    }
    JsonNode bytes = fields.path("reclaimableBytes");
    return new PlanSummary(
        fields.path("repositories").intValue(),
        fields.path("tags").longValue(),
        fields.path("keep").longValue(),
        fields.path("delete").longValue(),
        fields.path("skip").longValue(),
        bytes.isIntegralNumber() ? bytes.longValue() : null,
        reasons,
        selectsNothing,
        fields.path("selectedTags").longValue(),
        fields.path("waiting").longValue(),
        unreadable,
        digest);
  }

  private static String text(JsonNode fields, String field) throws IOException {
    String value = optional(fields, field);
    if (value == null) {
      throw new IOException("not a plan: " + field + " is missing");
    }
    return value;
  }

  private static @Nullable String optional(JsonNode fields, String field) {
    JsonNode value = fields.path(field);
    return value.isTextual() ? value.textValue() : null;
  }

  private static @Nullable Instant instant(JsonNode fields, String field) throws IOException {
    String value = optional(fields, field);
    try {
      return value == null ? null : Instant.parse(value);
    } catch (DateTimeException e) {
      throw new IOException("not a plan: " + field + " is no instant", e);
    }
  }
}
