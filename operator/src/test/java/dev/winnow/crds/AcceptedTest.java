package dev.winnow.crds;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.winnow.testing.Shared;
import dev.winnow.testing.TestApiServer;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What a user may write comes back as it was written, with defaults where nothing was. */
@Tag("server")
@ExtendWith(Shared.class)
class AcceptedTest {
  private StrictApi api;

  @BeforeEach
  void open(TestApiServer server) {
    api = new StrictApi(server);
  }

  @AfterEach
  void close() {
    api.close();
  }

  static Set<String> kinds() {
    return Kinds.all().keySet();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyFieldComesBackUnchanged(String kind) {
    JsonNode before = null;
    for (JsonNode document : Kinds.complete(kind)) {
      JsonNode stored = before == null ? api.create(document) : replace(document, before);
      assertThat(stored.get("spec")).isEqualTo(document.get("spec"));
      before = stored;
    }
  }

  private JsonNode replace(JsonNode document, JsonNode before) {
    ObjectNode next = document.deepCopy();
    next.set("metadata", before.get("metadata"));
    return api.replace(next);
  }

  /** A new field needs a place in the complete document of its kind. */
  @ParameterizedTest
  @MethodSource("kinds")
  void everyFieldIsInTheCompleteDocument(String kind) {
    JsonNode definition = Kinds.of(kind);
    Set<String> set = new TreeSet<>();
    Kinds.complete(kind).forEach(document -> set.addAll(Kinds.paths(document, definition)));
    assertThat(Kinds.fields(definition))
        .filteredOn(field -> field.path().startsWith("spec"))
        .extracting(Kinds.Field::path)
        .isNotEmpty()
        .isSubsetOf(set);
  }

  @ParameterizedTest(name = "{0} {1}")
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          Registry | {url: "http://registry:5000"} \
          | {url: "http://registry:5000", client: {concurrency: 16, timeout: 30s}, deletion: Api}
          Registry | {url: "http://registry:5000", client: {concurrency: 1}} \
          | {url: "http://registry:5000", client: {concurrency: 1, timeout: 30s}, deletion: Api}
          Registry | {url: "http://registry:5000", storage: {claimName: data}, garbageCollection: {}} \
          | {url: "http://registry:5000", client: {concurrency: 16, timeout: 30s}, deletion: Api, \
          storage: {claimName: data, rootDirectory: "", cache: Auto}, \
          garbageCollection: {suspend: false, mode: Online, untagged: {olderThan: 7d}, \
          gracePeriod: 24h, holdPeriod: 48h, restart: Never, maxReadOnly: 30m}}
          RetentionPolicy | {registryRef: {name: main}, rules: \
          [{name: r, repositories: ["**"], keep: [{newest: 1, orderBy: Name}]}]} \
          | {registryRef: {name: main}, rules: \
          [{name: r, repositories: ["**"], keep: [{newest: 1, orderBy: Name}]}], \
          suspend: false, mode: Preview, protect: {inUse: Required}, undo: BestEffort, \
          limits: {maxDeletedTags: 500, maxDeletedPercent: 50, keepAtLeast: 1}, \
          history: {succeeded: 3, failed: 3}}
          RetentionPolicy | {registryRef: {name: main}, rules: \
          [{name: r, repositories: ["**"], keep: [{tags: [a]}]}], \
          protect: {tags: [b]}, limits: {keepAtLeast: 2}, history: {}} \
          | {registryRef: {name: main}, rules: \
          [{name: r, repositories: ["**"], keep: [{tags: [a]}]}], \
          suspend: false, mode: Preview, protect: {tags: [b], inUse: Required}, undo: BestEffort, \
          limits: {maxDeletedTags: 500, maxDeletedPercent: 50, keepAtLeast: 2}, \
          history: {succeeded: 3, failed: 3}}
          RetentionRun | {policyRef: {name: builds}} | {policyRef: {name: builds}}
          """)
  void defaultsAreFilledIn(String kind, String written, String stored) {
    assertThat(api.create(document(kind, written)).get("spec"))
        .isEqualTo(document(kind, stored).get("spec"));
  }

  private static JsonNode document(String kind, String spec) {
    return Kinds.yaml(
        "apiVersion: winnow.dev/v1alpha1\nkind: %s\nmetadata: {name: minimal}\nspec: %s\n"
            .formatted(kind, spec));
  }
}
