package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SizesTest {
  @ParameterizedTest
  @CsvSource({
    "0, 0 B",
    "1023, 1023 B",
    "1024, 1.0 KiB",
    "1536, 1.5 KiB",
    "10188, 9.9 KiB",
    "10239, 10.0 KiB",
    "10240, 10 KiB",
    "1048575, 1024 KiB",
    "1048576, 1.0 MiB",
    "9223372036854775807, 8192 PiB"
  })
  void saysBytesInWords(long bytes, String words) {
    assertThat(Sizes.of(bytes)).isEqualTo(words);
  }

  @Test
  void saysSoWhereItIsUnknown() {
    assertThat(Sizes.of(null)).isEqualTo("-");
  }

  @Test
  void roundsLikeAFormatter() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      long bytes = 1024 + random.nextLong(1L << 20);
      double size = bytes < 1 << 20 ? bytes / 1024.0 : bytes / 1048576.0;
      assertThat(Sizes.of(bytes))
          .startsWith(String.format(Locale.ROOT, size < 10 ? "%.1f " : "%.0f ", size));
    }
  }
}
