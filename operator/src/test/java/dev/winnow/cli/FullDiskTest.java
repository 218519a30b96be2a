package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Case 24: on a file system without one free byte a pass takes what it would take elsewhere, and
 * frees it offline. In a mount namespace of its own, which nobody has to clean up.
 */
final class FullDiskTest {
  @TempDir private Path folder;

  @Test
  void worksWithWhatItHasPutAside() throws IOException {
    Path store = folder.resolve("store");
    TestImage kept = TestImages.oci("kept").build();
    StoreWriter writer = new StoreWriter(store).pushedAt(Instant.now().minus(Duration.ofDays(30)));
    writer.push("app", "latest", kept);
    for (int i = 0; i < 30; i++) {
      writer.push("app", TestImages.oci("dropped" + i).build());
    }
    Path disk = Files.createDirectory(folder.resolve("disk"));
    String collect =
        String.join(
            " ",
            WinnowProcess.command(List.of(), "collect", "--root", disk.toString(), "--yes")
                .command()
                .stream()
                .map(word -> "'" + word + "'")
                .collect(Collectors.toList()));
    Path script = folder.resolve("script");
    Files.writeString(
        script,
        """
        set -e
        mount -t tmpfs -o size=40m tmpfs %1$s
        cp -a %2$s/. %1$s
        online="%3$s --cache none --grace 1s --hold 1s --untagged 1s"
        eval $online
        cat /dev/zero > %1$s/full 2>/dev/null || true
        df --output=avail %1$s | tail -n 1 | xargs echo free before:

        eval $online
        eval "%3$s --cache none --offline --grace 1s --hold 0s --untagged 1s"
        find %1$s/docker -name data | wc -l | xargs echo data after:
        """
            .formatted(disk, store, collect));
    ProcessBuilder process =
        new ProcessBuilder("unshare", "--user", "--map-root-user", "--mount", "sh", "" + script);
    process.environment().put("WINNOW_TEST_FAST_TIME", "1");
    Tools.Result result = Tools.finish(process);
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
    assertThat(result.out())
        .contains("free before: 0")
        .contains("the disk is full: nothing is free before its hold ends")
        .containsPattern("taken +90 +30 ")
        .containsPattern("purged +90 ")
        .contains("data after: 4");
  }
}
