package dev.winnow.e2e;

import dev.winnow.testing.Kubectl;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/** The processes of pods, where they are seen from here. */
final class ContainerProcesses {
  private ContainerProcesses() {}

  /** Ends those of a pod without a word, as a crash would; elsewhere as fast as Kubernetes does. */
  static void kill(Kubectl kubectl, String pod) {
    long killed =
        ProcessHandle.allProcesses()
            .filter(process -> isOf(process, pod))
            .filter(ProcessHandle::destroyForcibly)
            .count();
    if (killed == 0) {
      kubectl.run("delete", "pod", pod, "--grace-period=0", "--force");
    }
  }

  private static boolean isOf(ProcessHandle process, String pod) {
    Path environment = Path.of("/proc/" + process.pid() + "/environ");
    try {
      return Files.readString(environment, StandardCharsets.ISO_8859_1)
          .contains("HOSTNAME=" + pod + "\0");
    } catch (IOException e) {
      return false; // it has ended, or is not ours to see
    }
  }
}
