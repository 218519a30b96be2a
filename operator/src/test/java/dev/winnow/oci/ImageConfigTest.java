package dev.winnow.oci;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageConfigTest {
  @Test
  void readsTimeAndLabels() throws InvalidManifestException {
    ImageConfig config =
        parse(
            """
            {"architecture": "amd64", "created": "2026-01-02T03:04:05.123456789Z", "os": "linux",
             "config": {"Env": ["A=B"], "Labels": {"a": "b", "n": 1, "o": {"x": "y"}, "z": null}, "Cmd": ["x"]},
             "history": [{"created": "2020-01-01T00:00:00Z", "config": {"Labels": {"a": "c"}}}],
             "rootfs": {"type": "layers", "diff_ids": []}}
            """);
    assertThat(config.created()).isEqualTo(Instant.parse("2026-01-02T03:04:05.123456789Z"));
    assertThat(config.labels()).isEqualTo(Map.of("a", "b"));
  }

  @ParameterizedTest
  @CsvSource({
    "2026-01-02T03:04:05Z, 2026-01-02T03:04:05Z",
    "2026-01-02T03:04:05+02:00, 2026-01-02T01:04:05Z",
    "2026-01-02T03:04:05.5-05:30, 2026-01-02T08:34:05.5Z",
    "0001-01-01T00:00:00Z, 0001-01-01T00:00:00Z",
    "1970-01-01T00:00:00Z, 1970-01-01T00:00:00Z",
  })
  void readsTimesAsGoWritesThem(String written, Instant expected) throws InvalidManifestException {
    assertThat(parse("{\"created\": \"" + written + "\"}").created()).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{}",
        "{\"created\": null}",
        "{\"created\": \"\"}",
        "{\"created\": \"yesterday\"}",
        "{\"created\": \"2026-01-02\"}",
        "{\"created\": \"2026-13-02T00:00:00Z\"}",
        "{\"created\": 5}",
        "{\"created\": [\"2026-01-02T03:04:05Z\"]}",
        "{\"created\": {\"created\": \"2026-01-02T03:04:05Z\"}}",
        "{\"config\": null}",
        "{\"config\": []}",
        "{\"config\": {\"Labels\": null}}",
        "{\"config\": {\"Labels\": {}}}",
      })
  void whatIsNotUsableIsUnknown(String json) throws InvalidManifestException {
    assertThat(parse(json)).isEqualTo(new ImageConfig(null, Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "null",
        "{",
        "{} {}",
        "{}x",
        "\"a\"",
        "{\"config\": {\"Labels\": []}}",
        "{'a': 1}"
      })
  void refuses(String json) {
    assertThatThrownBy(() -> parse(json)).isInstanceOf(InvalidManifestException.class);
  }

  @Test
  void writesWhatItReads() throws InvalidManifestException {
    for (ImageConfig config :
        new ImageConfig[] {
          new ImageConfig(null, Map.of()),
          new ImageConfig(Instant.parse("2026-01-02T03:04:05.000000001Z"), Map.of()),
          new ImageConfig(
              Instant.EPOCH, Map.of("a", "b", "quote\"d", "line\nfeed \u0000 \u2028 ü 😀", "", "")),
        }) {
      assertThat(ImageConfig.parse(config.toJson())).isEqualTo(config);
    }
  }

  private static ImageConfig parse(String json) throws InvalidManifestException {
    return ImageConfig.parse(json.getBytes(StandardCharsets.UTF_8));
  }
}
