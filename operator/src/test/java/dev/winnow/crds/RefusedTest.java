package dev.winnow.crds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.winnow.crds.StrictApi.Refusal;
import dev.winnow.testing.Shared;
import dev.winnow.testing.TestApiServer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What a user must not write is refused by the API server, with the field and the reason. */
@Tag("server")
@ExtendWith(Shared.class)
class RefusedTest {
  private static final Map<String, JsonNode> STORED = new HashMap<>();
  private static StrictApi api;

  @BeforeAll
  static void open(TestApiServer server) {
    api = new StrictApi(server);
    Kinds.all()
        .keySet()
        .forEach(kind -> {
          ObjectNode document = Kinds.complete(kind).getFirst().deepCopy();
          Places.set(document, "metadata.name", TextNode.valueOf("stored"));
          STORED.put(kind, api.create(document));
        });
  }

  @AfterAll
  static void close() {
    api.close();
  }

  static List<Limit> limits() {
    return Kinds.resource("/crds/limits.txt")
        .lines()
        .filter(line -> !line.isEmpty() && !line.startsWith("#"))
        .map(Limit::of)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("limits")
  void aLimitIsWhereItIsSaidToBe(Limit limit) {
    for (Limit.Try within : limit.within()) {
      assertThat(refusals(within)).as("at the limit").noneMatch(within.constraint()::isSaidBy);
    }
    for (Limit.Try beyond : limit.beyond()) {
      assertThat(refusals(beyond)).as("beyond the limit").anyMatch(beyond.constraint()::isSaidBy);
    }
    if (limit.bound().equals("one-of")) {
      assertThat(refusals(limit.beyond().getFirst()))
          .anyMatch(refusal ->
              refusal
                  .message()
                  .endsWith("supported values: \"" + limit.value().replace(",", "\", \"") + "\""));
    }
  }

  private static List<Refusal> refusals(Limit.Try attempt) {
    return api.refusals(attempt.document());
  }

  /**
   * A line of refused.yaml.
   *
   * @param change whether the object is there already
   * @param field that the API server names
   */
  record Mistake(
      String kind, boolean change, String place, JsonNode value, String field, String says) {
    static Mistake of(JsonNode line) {
      String place = line.get("set").textValue();
      return new Mistake(
          line.get("kind").textValue(),
          line.path("change").asBoolean(),
          place,
          line.get("to"),
          line.path("field").asText(place),
          line.get("says").textValue());
    }

    List<Refusal> refusals() {
      JsonNode base = change ? STORED.get(kind) : Kinds.complete(kind).getFirst();
      ObjectNode document = Objects.requireNonNull(base, kind).deepCopy();
      Places.set(document, place, value);
      return change ? api.refusalsOfChange(document) : api.refusals(document);
    }

    @Override
    public String toString() {
      return kind + " " + place + ": " + value;
    }
  }

  static List<Mistake> mistakes() {
    JsonNode lines = Kinds.yaml(Kinds.resource("/crds/refused.yaml"));
    return StreamSupport.stream(lines.spliterator(), false).map(Mistake::of).toList();
  }

  @ParameterizedTest
  @MethodSource("mistakes")
  void aMistakeIsRefusedWithItsFieldAndTheReason(Mistake mistake) {
    assertThat(mistake.refusals())
        .anySatisfy(refusal -> {
          assertThat(refusal.field()).isEqualTo(mistake.field());
          assertThat(refusal.message()).contains(mistake.says());
        });
  }

  /** A constraint without a line in limits.txt or refused.yaml would be held by nothing. */
  @Test
  void everyConstraintOfASpecIsHeldByALine() {
    Map<String, List<Refusal>> refused = new HashMap<>();
    for (Limit limit : limits()) {
      limit
          .beyond()
          .forEach(each ->
              refused
                  .computeIfAbsent(limit.kind(), kind -> new ArrayList<>())
                  .addAll(refusals(each)));
    }
    mistakes()
        .forEach(each ->
            refused
                .computeIfAbsent(each.kind(), kind -> new ArrayList<>())
                .addAll(each.refusals()));
    Kinds.all()
        .forEach((kind, definition) ->
            assertThat(constraints(definition))
                .as(kind)
                .isNotEmpty()
                .allSatisfy(constraint ->
                    assertThat(refused.getOrDefault(kind, List.of()))
                        .anyMatch(constraint::isSaidBy)));
  }

  private static List<Constraint> constraints(JsonNode definition) {
    return Kinds.fields(definition).stream()
        .filter(field -> field.path().startsWith("spec"))
        .map(Constraint::of)
        .flatMap(List::stream)
        .toList();
  }

  @Test
  void unknownFieldsAreRefusedByName() {
    ObjectNode policy = Kinds.complete("RetentionPolicy").getFirst().deepCopy();
    Places.set(policy, "spec.rules[0].keep[0].newst", policy.at("/spec/rules/0/keep/0/newest"));
    assertThatThrownBy(() -> api.create(policy))
        .hasMessageContaining("unknown field \"spec.rules[0].keep[0].newst\"");
  }
}
