package dev.winnow.run;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import java.io.IOException;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The stable JSON of plans and results, {@code winnow.dev/plan/v1}. */
public final class PlanJson {
  /** The format's name. */
  public static final String API_VERSION = "winnow.dev/plan/v1";

  private PlanJson() {}

  /** The fields before the decisions. */
  public static void writeHeader(JsonGenerator json, String kind, PlanHeader header)
      throws IOException {
    json.writeStringField("apiVersion", API_VERSION);
    json.writeStringField("kind", kind);
    json.writeStringField("policy", header.policy());
    json.writeStringField("registry", header.registry());
    json.writeStringField("url", header.url());
    json.writeStringField("at", header.at().toString());
  }

  /** One decision, with what became of it when it was applied. */
  public static void writeDecision(
      JsonGenerator json, String repository, Decision decision, @Nullable Applied applied)
      throws IOException {
    json.writeStartObject();
    json.writeStringField("repository", repository);
    json.writeStringField("tag", decision.tag());
    json.writeStringField("digest", decision.digest() == null ? null : decision.digest().text());
    json.writeStringField("action", decision.action().name());
    json.writeStringField("reason", decision.reason().name());
    json.writeStringField("rule", decision.rule());
    json.writeStringField("pushed", text(decision.pushed()));
    json.writeStringField("created", text(decision.created()));
    if (decision.bytes() == null) {
      json.writeNullField("bytes");
    } else {
      json.writeNumberField("bytes", decision.bytes());
    }
    if (applied != null) {
      json.writeStringField("outcome", applied.outcome().name());
      if (applied.message() != null) {
        json.writeStringField("message", applied.message());
      }
    }
    json.writeEndObject();
  }

  /** The fields behind the decisions. */
  public static void writeTrailer(JsonGenerator json, PlanSummary summary) throws IOException {
    json.writeObjectFieldStart("summary");
    json.writeNumberField("repositories", summary.repositories());
    json.writeNumberField("tags", summary.tags());
    if (summary.selectedTags() > 0) {
      json.writeNumberField("selectedTags", summary.selectedTags());
    }
    json.writeNumberField("keep", summary.keep());
    json.writeNumberField("delete", summary.delete());
    json.writeNumberField("skip", summary.skip());
    if (summary.reclaimableBytes() == null) {
      json.writeNullField("reclaimableBytes");
    } else {
      json.writeNumberField("reclaimableBytes", summary.reclaimableBytes());
    }
    json.writeObjectFieldStart("reasons");
    for (Map.Entry<Reason, Long> reason : sorted(summary.reasons()).entrySet()) {
      json.writeNumberField(reason.getKey().name(), reason.getValue());
    }
    json.writeEndObject();
    json.writeArrayFieldStart("selectsNothing");
    for (String name : summary.selectsNothing()) {
      json.writeString(name);
    }
    json.writeEndArray();
    if (summary.waiting() > 0) {
      json.writeNumberField("waiting", summary.waiting());
    }
    if (!summary.unreadable().isEmpty()) {
      json.writeArrayFieldStart("unreadable");
      for (Map.Entry<String, String> repository : summary.unreadable().entrySet()) {
        json.writeStartObject();
        json.writeStringField("repository", repository.getKey());
        json.writeStringField("error", repository.getValue());
        json.writeEndObject();
      }
      json.writeEndArray();
    }
    json.writeEndObject();
    json.writeStringField("digest", summary.digest());
  }

  /** The field behind the decisions of a plan that came to no end: instead of its trailer. */
  public static void writeError(JsonGenerator json, String why) throws IOException {
    json.writeStringField("error", why);
  }

  private static Map<Reason, Long> sorted(Map<Reason, Long> reasons) {
    return reasons.isEmpty() ? Map.of() : new EnumMap<>(reasons);
  }

  private static @Nullable String text(@Nullable Instant instant) {
    return instant == null ? null : instant.toString();
  }
}
