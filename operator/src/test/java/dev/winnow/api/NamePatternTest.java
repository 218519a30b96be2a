package dev.winnow.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class NamePatternTest {
  /**
   * Pattern, names that match, names that do not; names are separated by spaces, _ is the empty
   * one.
   */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        // literals: the whole name, case and all
        "latest     ; latest              ; Latest latest1 xlatest _",
        "a.b        ; a.b                 ; axb",
        "a+b(c)^$|  ; a+b(c)^$|           ; aab",
        // * is any run without a slash, also empty
        "release-*  ; release- release-1 release-a-b ; release release-a/b Release-1",
        "*          ; _ a a.b-c           ; a/b / a/",
        "*-rc       ; -rc 1-rc a-rc-rc    ; rc 1-rc1 a/1-rc",
        "a*b        ; ab axb a-b-b        ; a b abc xab a/b",
        "a*a        ; aa aba              ; a",
        "team-*/app ; team-a/app team-/app ; team-a/b/app team-a/app/x",
        "*/*        ; a/b /               ; a a/b/c",
        "a*b*c      ; abc axbyc           ; ac ab/c",
        // ** is any run
        "**         ; _ a a/b/c           ; NONE",
        "a/**       ; a/b a/b/c a/        ; a ab ab/c A/b",
        "**/app     ; x/app x/y/app /app  ; app x/app/y",
        "a/**/b     ; a/x/b a/x/y/b a//b  ; a/b",
        "a**b       ; ab a/b a/x/b        ; ba",
        "***        ; _ a a/b             ; NONE",
        // ? is one character
        "v?         ; v1 vx v/            ; v v12",
        "??         ; ab                  ; a abc",
        // sets
        "[a-c]1     ; a1 b1 c1            ; d1 1 A1 aa1 -1",
        "[abc-]x    ; ax -x               ; dx",
        "[!a-c]     ; d - A               ; a b _ dd",
        "[^a]       ; b ^                 ; a",
        "[]]        ; ]                   ; [ a",
        "[.]x       ; .x                  ; ax",
        "[a*]       ; a *                 ; b aa",
        // alternatives
        "{a,b}      ; a b                 ; c ab {a,b} a,b",
        "x-{a,b*}-y ; x-a-y x-b-y x-b1-y  ; x--y x-a x-b/1-y",
        "{a,{b,c}d} ; a bd cd             ; b d ad",
        "{,v}1      ; 1 v1                ; vv1",
        "a,b        ; a,b                 ; a b",
        // escapes
        "\\*        ; *                   ; a _",
        "\\[a]      ; [a]                 ; a",
        "a\\{b      ; a{b                 ; ab",
        "{a\\,b,c}  ; a,b c               ; a b",
        "\\\\       ; \\                  ; \\\\",
        "!a         ; !a                  ; a",
      })
  void globs(String pattern, String matching, String others) {
    NamePattern parsed = parse(pattern);
    names(matching)
        .forEach(name -> assertThat(parsed.matches(name)).as("%s on '%s'", pattern, name).isTrue());
    names(others)
        .forEach(
            name -> assertThat(parsed.matches(name)).as("%s on '%s'", pattern, name).isFalse());
  }

  /** The whole name, with the alternation as a whole. */
  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "/a|b/          ; a b              ; ab ax xb _",
        "/a|ab/         ; a ab             ; abb",
        "/^a|b$/        ; a b              ; ab xb",
        "/[0-9]*/       ; _ 12             ; redis 1a",
        "/v\\d+/        ; v1 v10           ; v v1a xv1 V1",
        "/(?i)latest/   ; latest LATEST    ; latest1",
        "/team/app/     ; team/app         ; team app",
        "/.*/           ; _ a a/b          ; NONE",
        "/a.c/          ; abc a/c          ; ac",
        "/(a|b)+?/      ; a abab           ; c _",
        "/v?1/          ; 1 v1             ; v vv1",
        "/ab*/          ; a ab abb         ; b _",
        "/av{0,2}x/     ; ax avx avvx      ; avvvx vx",
        "/ab+c/         ; abc abbc         ; ac",
        "/ab?|c/        ; a ab c           ; b bc",
        "/(?P<x>\\d+)-\\w/ ; 1-a          ; 1-",
      })
  void regularExpressions(String pattern, String matching, String others) {
    globs(pattern, matching, others);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "/",
        "//",
        "/a",
        "/(/",
        "/a)(b/",
        "/foo)|(bar/",
        "/[/",
        "/*/",
        "/(a)\\1/",
        "/(?=a)b/",
        "/(?!a)b/",
        "/(?<=a)b/",
        "/a++/",
        "/a{2000}/",
        "/(?z)a/",
        "/\\/",
        "[a",
        "[",
        "[!]",
        "{a",
        "{a,{b}",
        "a}",
        "a\\",
        "[c-a]",
      })
  void refuses(String pattern) {
    assertThat(NamePattern.parse(pattern)).isInstanceOf(Parsed.Bad.class);
  }

  @Test
  void saysWhatToWriteInstead() {
    assertThat(message("")).contains("\"*\"");
    assertThat(message("/v1")).contains("/v1/");
    assertThat(message("/(?=a)/")).contains("RE2").contains("look-around");
    assertThat(message("[a")).contains("not closed");
    assertThat(message("x".repeat(513))).contains("512");
    assertThat(NamePattern.parse("x".repeat(512))).isInstanceOf(Parsed.Ok.class);
  }

  @Test
  void hasNoCatastrophe() {
    NamePattern nested = parse("/(a*)*b/");
    NamePattern stars = parse("*a*a*a*a*a*a*a*a*a*a*b");
    String name = "a".repeat(5_000);
    assertThat(nested.matches(name)).isFalse();
    assertThat(stars.matches(name)).isFalse();
  }

  private static Iterable<String> names(String column) {
    return Arrays.stream(column.split(" "))
        .map(name -> name.equals("_") ? "" : name)
        .filter(name -> !name.equals("NONE"))
        .toList();
  }

  private static NamePattern parse(String pattern) {
    return switch (NamePattern.parse(pattern)) {
      case Parsed.Ok<NamePattern>(NamePattern value) -> value;
      case Parsed.Bad<NamePattern>(String message) -> throw new AssertionError(message);
    };
  }

  private static String message(String pattern) {
    return ((Parsed.Bad<NamePattern>) NamePattern.parse(pattern)).message();
  }
}
