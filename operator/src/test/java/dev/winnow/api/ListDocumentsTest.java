package dev.winnow.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code kind: List}, as {@code kubectl get -o yaml} writes it. */
class ListDocumentsTest {
  private static final String LIST =
      "apiVersion: v1\nkind: List\nmetadata: {resourceVersion: \"\"}\n";
  private static final String REGISTRY =
      """
      - apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata:
          name: main
          namespace: apps
          uid: 1a2b
          resourceVersion: "7"
          managedFields: [{manager: kubectl}]
        spec: {url: "https://registry"}
        status: {conditions: []}
      """;

  private final Documents documents = new Documents();

  @Test
  void itsItemsAreDocuments() {
    read(
        LIST
            + "items:\n"
            + REGISTRY
            + DocumentsTest.POLICY.indent(2).replaceFirst("  ", "- ")
            + "- {apiVersion: v1, kind: Secret, metadata: {name: login}}\n"
            + "- {apiVersion: v1, kind: Pod}\n");
    assertThat(problems()).isEmpty();
    assertThat(documents.registries().getFirst().value().metadata().namespace()).isEqualTo("apps");
    assertThat(documents.policies().getFirst().origin())
        .isEqualTo(new Origin("f.yaml", 1, "items[1]"));
    assertThat(documents.secrets()).hasSize(1);
    assertThat(documents.notes())
        .containsExactly("f.yaml: document 1, items[3] (v1 Pod) is not ours; not used");
  }

  @Test
  void asJsonToo() {
    read(
        """
        {"apiVersion": "v1", "kind": "List", "items": [{"apiVersion": "winnow.dev/v1alpha1",
          "kind": "Registry", "metadata": {"name": "main"}, "spec": {"url": "https://registry"}}]}
        """);
    assertThat(problems()).isEmpty();
    assertThat(documents.registries()).hasSize(1);
  }

  @Test
  void aProblemSaysWhereItStands() {
    read("kind: Pod\napiVersion: v1\n---\n" + LIST + "items:\n" + REGISTRY.replace("url", "uri"));
    assertThat(problems())
        .containsExactly(
            "f.yaml:16:9: document 2, items[0] (Registry main): spec.url: the field is missing",
            "f.yaml:16:10: document 2, items[0] (Registry main): spec.uri: unknown field; did you"
                + " mean url?");
    DocumentProblem later =
        documents.registries().getFirst().at(new Problem("spec.url", "what a check finds"));
    assertThat(later.text())
        .startsWith("f.yaml:16:9: document 2, items[0] (Registry main): spec.url");
  }

  @Test
  void aListInAList() {
    read(LIST + "items:\n- apiVersion: v1\n  kind: List\n  items: [~, {kind: Registry}]\n");
    assertThat(problems())
        .containsExactly(
            "f.yaml:7:11: document 1, items[0].items[0]: the list item is empty",
            "f.yaml:7:14: document 1, items[0].items[1]: apiVersion: the field is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "metadata: {} | items: the field is missing",
        "items: [] | items: must be a list of at least one document",
        "items: | items: must be a list of at least one document",
        "items: {kind: Registry} | items: must be a list of at least one document",
        "items: [a] | items[0]: the document is not a Kubernetes object",
        "item: [] | item: unknown field of a List",
      })
  void listsThatAreNone(String rest, String message) {
    read("apiVersion: v1\nkind: List\n" + rest + "\n");
    assertThat(problems()).anySatisfy(problem -> assertThat(problem).contains(message));
  }

  private void read(String text) {
    documents.read("f.yaml", text);
  }

  private List<String> problems() {
    return documents.problems().stream().map(DocumentProblem::text).toList();
  }
}
