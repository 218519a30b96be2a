package dev.winnow.registry.auth;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ChallengeParserTest {
  @Test
  void readsADistributionChallenge() {
    assertThat(
            parse(
                "Bearer realm=\"https://auth/token\",service=\"reg\",scope=\"repository:a/b:pull,push\""))
        .containsExactly(
            challenge(
                "bearer",
                Map.of(
                    "realm", "https://auth/token",
                    "service", "reg",
                    "scope", "repository:a/b:pull,push")));
  }

  @Test
  void readsSeveralInOneHeaderAndInSeveral() {
    assertThat(
            parse(
                "Negotiate, Digest realm=\"x, y\", qop=auth , BASIC Realm = \"z\"",
                "bearer realm=https"))
        .containsExactly(
            challenge("negotiate", Map.of()),
            challenge("digest", Map.of("realm", "x, y", "qop", "auth")),
            challenge("basic", Map.of("realm", "z")),
            challenge("bearer", Map.of("realm", "https")));
  }

  @Test
  void readsEscapesToken68AndEmptyElements() {
    assertThat(parse(",, Negotiate a87421000492aa874209af8bc028== ,, New a=\"q\\\"\\\\,\", ,b=c,"))
        .containsExactly(
            new Challenge("negotiate", "a87421000492aa874209af8bc028==", Map.of()),
            challenge("new", Map.of("a", "q\"\\,", "b", "c")));
  }

  @Test
  void endsAHeaderWhereItIsMalformedAndKeepsWhatWasBefore() {
    assertThat(parse("Basic realm=\"a\", Bearer realm=\"unended", "Bearer realm=\"b\""))
        .containsExactly(
            challenge("basic", Map.of("realm", "a")), challenge("bearer", Map.of("realm", "b")));
    assertThat(parse("", "\"", "=", "Basic realm=\"")).isEmpty();
  }

  private static List<Challenge> parse(String... headers) {
    return ChallengeParser.parse(List.of(headers));
  }

  private static Challenge challenge(String scheme, Map<String, String> parameters) {
    return new Challenge(scheme, "", parameters);
  }
}
