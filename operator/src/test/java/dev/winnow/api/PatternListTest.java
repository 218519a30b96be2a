package dev.winnow.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class PatternListTest {
  private final List<Problem> problems = new ArrayList<>();

  @Test
  void anyPositiveAndNoNegative() {
    PatternList list = compile("team-a/**", "x", "!team-a/base", "!team-a/old/**");
    assertThat(list.matches("team-a/app")).isTrue();
    assertThat(list.matches("x")).isTrue();
    assertThat(list.matches("team-a/base")).isFalse();
    assertThat(list.matches("team-a/old/x")).isFalse();
    assertThat(list.matches("team-a")).isFalse();
    assertThat(problems).isEmpty();
  }

  @Test
  void orderDoesNotMatter() {
    List<String> texts = new ArrayList<>(List.of("!/v1.*/", "v*", "main", "!v2"));
    for (int i = 0; i < texts.size(); i++) {
      Collections.rotate(texts, 1);
      PatternList list = PatternList.compile(texts, "tags", problems::add);
      assertThat(List.of("v1", "v2", "v3", "main", "x"))
          .filteredOn(list::matches)
          .containsExactly("v3", "main");
    }
  }

  @Test
  void onlyNegativeIsEverythingBut() {
    PatternList list = compile("!a", "!b*");
    assertThat(list.matches("a")).isFalse();
    assertThat(list.matches("b1")).isFalse();
    assertThat(list.matches("c/d")).isTrue();
  }

  @Test
  void everything() {
    assertThat(PatternList.everything().matches("a/b")).isTrue();
  }

  @Test
  void saysEveryProblemWithItsPath() {
    compile("a", "", "!", "/(/", "![");
    assertThat(problems)
        .extracting(Problem::path)
        .containsExactly("tags[1]", "tags[2]", "tags[3]", "tags[4]");
    problems.clear();
    compile();
    assertThat(problems).extracting(Problem::path).containsExactly("tags");
    problems.clear();
    PatternList.compile(Collections.nCopies(65, "a"), "tags", problems::add);
    assertThat(problems).extracting(Problem::path).containsExactly("tags");
  }

  @Test
  void knowsItsLiterals() {
    PatternList list = compile("a", "b", "v*", "!b");
    assertThat(list.literals()).containsExactly("a");
    assertThat(list.hasWildcards()).isTrue();
    assertThat(compile("a", "b").hasWildcards()).isFalse();
    assertThat(compile("!a").hasWildcards()).isTrue();
  }

  private PatternList compile(String... texts) {
    return PatternList.compile(List.of(texts), "tags", problems::add);
  }
}
