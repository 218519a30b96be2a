package dev.winnow.oci;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ReferrerTagTest {
  private static final Digest SUBJECT = Digest.sha256("subject".getBytes(StandardCharsets.UTF_8));

  @ParameterizedTest
  @ValueSource(strings = {"", ".sig", ".att", ".sbom"})
  void knowsTheSubject(String suffix) {
    assertThat(ReferrerTag.subjectOf("sha256-" + SUBJECT.hex() + suffix)).contains(SUBJECT);
  }

  @Test
  void otherTagsHaveNone() {
    String tag = "sha256-" + SUBJECT.hex();
    assertThat(ReferrerTag.subjectOf(tag + ".other")).isEmpty();
    assertThat(ReferrerTag.subjectOf(tag + ".SIG")).isEmpty();
    assertThat(ReferrerTag.subjectOf(tag + ".sig.sig")).isEmpty();
    assertThat(ReferrerTag.subjectOf(tag + "a")).isEmpty();
    assertThat(ReferrerTag.subjectOf(tag + "\n")).isEmpty();
    assertThat(ReferrerTag.subjectOf(tag.substring(0, tag.length() - 1))).isEmpty();
    assertThat(ReferrerTag.subjectOf("x" + tag)).isEmpty();
    assertThat(ReferrerTag.subjectOf("SHA256-" + SUBJECT.hex())).isEmpty();
    assertThat(ReferrerTag.subjectOf("sha256-" + "A".repeat(64))).isEmpty();
    assertThat(ReferrerTag.subjectOf("sha256:" + SUBJECT.hex())).isEmpty();
    assertThat(ReferrerTag.subjectOf("sha256-latest")).isEmpty();
    assertThat(ReferrerTag.subjectOf("")).isEmpty();
  }

  @Test
  void writesTheFallbackTag() {
    assertThat(ReferrerTag.fallbackFor(SUBJECT)).isEqualTo("sha256-" + SUBJECT.hex());
    assertThat(ReferrerTag.subjectOf(ReferrerTag.fallbackFor(SUBJECT))).contains(SUBJECT);
    assertThat(ReferrerTag.fallbackFor(new Digest("sha512:" + "ab".repeat(64))))
        .isEqualTo("sha512-" + "ab".repeat(32));
  }
}
