package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.DocumentProblem;
import dev.winnow.api.Documents;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** One registry under two names. */
class DuplicateRegistriesTest {
  /** Specs of two Registry documents, and what is said of them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "nothing",
      textBlock =
          """
          url: https://a | url: https://b | nothing
          url: https://a | url: https://a | f:7:13: document 2 (Registry two): spec.url: is the registry of Registry one too
          url: https://a | url: https://A:443/ | is the registry of Registry one too
          url: https://a | url: http://a | nothing
          url: https://a | url: https://a:5000 | nothing
          url: https://a, aliases: [b] | url: https://b | document 2 (Registry two): spec.url: is b, an alias of Registry one
          url: https://a, aliases: [b] | url: http://b | is b, an alias of Registry one
          url: https://a, aliases: [b] | url: https://b:5000 | nothing
          url: https://a, aliases: ["B:5000"] | url: https://b:5000 | is B:5000, an alias of Registry one
          url: https://a | url: https://b, aliases: [a] | f:3:13: document 1 (Registry one): spec.url: is a, an alias of Registry two
          url: https://a, aliases: ["[::1]:5000"] | url: "http://[::1]:5000" | is [::1]:5000, an alias of Registry one
          url: https://a, aliases: [a] | url: https://b | nothing
          url: https://a, aliases: ["localhost:1"] | url: https://b, aliases: ["localhost:1"] | nothing
          url: http://registry.apps.svc:5000 | url: http://registry.apps:5000 | is the registry of Registry one too
          url: http://a:5000, aliases: ["registry.apps.svc.cluster.local:5000"] | url: http://registry.apps:5000 | is registry.apps.svc.cluster.local:5000, an alias of Registry one
          """)
  void twoRegistries(String one, String two, String message) {
    List<String> problems = problems(one, two);
    if (message == null) {
      assertThat(problems).isEmpty();
    } else {
      assertThat(problems).hasSize(1);
      assertThat(problems.getFirst()).contains(message, "(DuplicateRegistry); keep one of them");
    }
  }

  private static List<String> problems(String... specs) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < specs.length; i++) {
      text.append("{apiVersion: winnow.dev/v1alpha1, kind: Registry,\nmetadata: {name: ")
          .append(List.of("one", "two").get(i))
          .append("},\nspec: {")
          .append(specs[i])
          .append("}}\n---\n");
    }
    Documents documents = new Documents();
    documents.read("f", text.toString());
    assertThat(documents.problems()).isEmpty();
    List<DocumentProblem> problems = new ArrayList<>();
    DuplicateRegistries.find(
        documents.registries(), (registry, problem) -> problems.add(registry.at(problem)));
    return problems.stream().map(DocumentProblem::text).toList();
  }
}
