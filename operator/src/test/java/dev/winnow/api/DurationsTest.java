package dev.winnow.api;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class DurationsTest {
  @ParameterizedTest
  @CsvSource({
    "30d, P30D",
    "36h, PT36H",
    "1h30m, PT1H30M",
    "90s, PT90S",
    "2w, P14D",
    "1w2d3h4m5s, P9DT3H4M5S",
    "0d1h, PT1H",
    "007d, P7D",
    "365000d, P365000D",
  })
  void reads(String text, Duration expected) {
    assertThat(Durations.parse(text)).isEqualTo(Parsed.ok(expected));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "d",
        "30",
        "0",
        "0d",
        "0h0m",
        "-1d",
        "+1d",
        "1.5d",
        "1,5d",
        "30 d",
        " 30d",
        "30d ",
        "30D",
        "1m1h",
        "1d1d",
        "1y",
        "1M",
        "P30D",
        "30days",
        "1h30",
        "∞",
        "٣٠d",
        "30d\n",
        "1e3d",
        "0x10d",
        "366001d",
        "99999999999999999999d",
        "99999999999999999999",
      })
  void refuses(String text) {
    assertThat(Durations.parse(text)).isInstanceOf(Parsed.Bad.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"30|no unit", "0d|greater than zero", "d|30d", "99999999999d|thousand years"})
  void saysWhy(String text, String why) {
    assertThat(((Parsed.Bad<Duration>) Durations.parse(text)).message()).contains(why);
  }
}
