package dev.winnow.retention;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.api.Parsed;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GroupByTest {
  @Test
  void keyIsWhatTheGroupCaptures() {
    GroupBy branch = Parts.groupBy("/(?P<branch>.+)-\\d+/");
    assertThat(branch.keyOf("main-1")).isNotNull().isEqualTo(branch.keyOf("main-22"));
    assertThat(branch.keyOf("main-1")).isNotEqualTo(branch.keyOf("main-1-1"));
    assertThat(branch.keyOf("main-1-1")).isEqualTo(branch.keyOf("main-1-2"));
  }

  @Test
  void matchesTheWholeTag() {
    GroupBy either = Parts.groupBy("/(?P<g>a)|b/");
    assertThat(either.keyOf("a")).isNotNull();
    assertThat(either.keyOf("b")).isEqualTo("");
    assertThat(either.keyOf("ab")).isNull();
    assertThat(either.keyOf("xa")).isNull();
  }

  @Test
  void severalGroupsMakeOneKey() {
    GroupBy two = Parts.groupBy("/(?P<a>.)(?P<b>.)-(.*)/");
    assertThat(two.keyOf("xy-1")).isEqualTo(two.keyOf("xy-2"));
    assertThat(two.keyOf("xy-1")).isNotEqualTo(two.keyOf("yx-1"));
    GroupBy split = Parts.groupBy("/(?P<a>x*)(?P<b>y*)/");
    assertThat(split.keyOf("x")).isNotEqualTo(split.keyOf("y"));
  }

  @Test
  void unnamedGroupsDoNotCount() {
    GroupBy one = Parts.groupBy("/(?P<a>.)(.)/");
    assertThat(one.keyOf("x1")).isEqualTo(one.keyOf("x2"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "branch",
        "/(.+)-\\d+/",
        "/(?P<a>.+/",
        "/x/",
        "(?P<a>.)",
        "/(?P<a>.)(?P<a>.)/"
      })
  void refuses(String text) {
    assertThat(GroupBy.parse(text)).isInstanceOf(Parsed.Bad.class);
  }
}
