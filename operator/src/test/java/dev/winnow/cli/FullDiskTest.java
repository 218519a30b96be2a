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
    String out =
        onDisk(
            40,
            """
            eval $online
            cat /dev/zero > full 2>/dev/null || true
            df --output=avail . | tail -n 1 | xargs echo free before:

            eval $online
            eval $offline
            find docker -name data | wc -l | xargs echo data after:
            """);
    assertThat(out)
        .contains("free before: 0")
        .contains("the disk is full: nothing is free before its hold ends")
        .containsPattern("taken +90 +30 ")
        .containsPattern("purged +90 ")
        .contains("data after: 4");
  }

  /** Too small a disk to put anything aside: it needs room, says so, and has touched nothing. */
  @Test
  void saysWhatToDoWhereNothingIsPutAside() throws IOException {
    String out =
        onDisk(
            14,
            """
            eval $online
            cat /dev/zero > full 2>/dev/null || true
            for pass in "$online" "$offline"; do
              eval "$pass --result /tmp/winnow-$$" || echo status $?
              cat /tmp/winnow-$$
              rm /tmp/winnow-$$
              find docker -name data | wc -l | xargs echo data on a full disk:
            done

            rm full
            eval $offline
            find docker -name data | wc -l | xargs echo data after:
            """);
    assertThat(out.split("\"reason\":\"VolumeFull\"", -1)).hasSize(3);
    assertThat(out.split("data on a full disk: 94", -1)).hasSize(3);
    assertThat(out)
        .contains("status 1", "enlarge its claim", "No space left on device")
        .contains("data after: 4");
  }

  /** What a script says that has such a disk as its folder, and a store on it. */
  private String onDisk(int megabytes, String commands) throws IOException {
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
        mount -t tmpfs -o size=%1$dm tmpfs %2$s
        cp -a %3$s/. %2$s
        cd %2$s
        online="%4$s --cache none --grace 1s --hold 1s --untagged 1s"
        offline="%4$s --cache none --offline --grace 1s --hold 0s --untagged 1s"
        """
                .formatted(megabytes, disk, store, collect)
            + commands);
    ProcessBuilder process =
        new ProcessBuilder("unshare", "--user", "--map-root-user", "--mount", "sh", "" + script);
    process.environment().put("WINNOW_TEST_FAST_TIME", "1");
    Tools.Result result = Tools.finish(process);
    assertThat(result.exitCode()).as(result.out() + result.err()).isZero();
    return result.out() + result.err();
  }
}
