package dev.winnow.crds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.cluster.InstalledKinds;
import dev.winnow.cluster.Kubernetes;
import dev.winnow.testing.Kubectl;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.Tools;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What an API server and kubectl make of crds/, and what they tell people of it. */
@Tag("server")
class InstalledTest {
  /** What YAML 1.1 reads as something else than a text. */
  private static final String NO_TEXT = "(?i)y|yes|n|no|on|off|true|false|null|~";

  private static TestApiServer server;
  private static Kubectl kubectl;

  @BeforeAll
  static void install() {
    server = TestApiServer.start();
    kubectl = new Kubectl(server.kubeconfig(), "default");
    kubectl.run("apply", "--server-side", "-k", Tools.checkout().resolve("crds").toString());
    // The schemas are published a moment after they are there.
    try (KubernetesClient admin = Kubernetes.client(server.config())) {
      await().untilAsserted(() -> assertThat(new InstalledKinds(admin).problem()).isEmpty());
    }
  }

  @AfterAll
  static void close() {
    server.close();
  }

  static Set<String> kinds() {
    return Kinds.all().keySet();
  }

  private static JsonNode installed(String kind) {
    String name = Kinds.of(kind).at("/metadata/name").textValue();
    return Kinds.yaml(kubectl.run("get", "crd", name, "-o", "yaml"));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void isEstablishedWithoutReservations(String kind) {
    JsonNode conditions = installed(kind).at("/status/conditions");
    assertThat(conditions)
        .extracting(each -> each.get("type").asText() + "=" + each.get("status").asText())
        .containsExactlyInAnyOrder("NamesAccepted=True", "Established=True");
  }

  /** kubectl reads YAML 1.1, and the API server drops what it does not know. */
  @ParameterizedTest
  @MethodSource("kinds")
  void theSchemaArrivesAsItIsMeant(String kind) {
    JsonNode meant = Kinds.schema(Kinds.of(kind));
    JsonNode arrived = Kinds.schema(installed(kind));
    assertThat(arrived.equals(InstalledTest::compare, meant))
        .as(() -> "%s\nbecame\n%s".formatted(meant.toPrettyString(), arrived.toPrettyString()))
        .isTrue();
  }

  /** 1 and 1.0 are the same. */
  private static int compare(JsonNode one, JsonNode other) {
    return one.isNumber() && other.isNumber()
        ? Double.compare(one.doubleValue(), other.doubleValue())
        : one.equals(other) ? 0 : 1;
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void noValueThatAUserWritesNeedsQuotes(String kind) {
    Set<String> values = new TreeSet<>();
    Kinds.fields(Kinds.of(kind)).stream()
        .filter(field -> field.path().startsWith("spec"))
        .forEach(field -> field.schema().path("enum").forEach(each -> values.add(each.asText())));
    assertThat(values).isNotEmpty().noneMatch(value -> value.matches(NO_TEXT));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void everyFieldIsExplained(String kind) {
    assertThat(Kinds.fields(installed(kind)))
        .filteredOn(field -> !field.path().endsWith("[]") && !field.path().endsWith(".*"))
        .isNotEmpty()
        .allSatisfy(field ->
            assertThat(field.schema().path("description").asText())
                .as(field.path())
                .matches("[A-Z].*\\S+.*\\."));
  }

  @Test
  void kubectlExplainsAField() {
    assertThat(kubectl.run("explain", "wpol.spec.rules.keep.groupBy"))
        .contains("FIELD: groupBy <string>")
        .contains("Regular expression with named groups; newest counts in each group.");
    assertThat(kubectl.run("explain", "wreg.spec.garbageCollection", "--recursive"))
        .contains("gracePeriod\t<string>")
        .contains("olderThan\t<string>")
        .contains("enum: Allowed, Never");
  }

  @Test
  void kubectlKnowsShortNamesAndTheCategory() {
    assertThat(kubectl.run("api-resources", "--categories=winnow", "--no-headers").lines())
        .map(line -> line.replaceAll(" +", " "))
        .containsExactlyInAnyOrder(
            "registries wreg winnow.dev/v1alpha1 true Registry",
            "retentionpolicies wpol winnow.dev/v1alpha1 true RetentionPolicy",
            "retentionruns wrun winnow.dev/v1alpha1 true RetentionRun",
            "garbagecollections wgc winnow.dev/v1alpha1 true GarbageCollection");
  }
}
