package dev.winnow.collect;

import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;

/** Where on a volume something is that a container sees at a path. */
final class ClaimPath {
  private ClaimPath() {}

  /** The path on the volume of the claim; empty when the container has something else there. */
  static Optional<String> of(Stream<VolumeMount> mounts, String seen) {
    Path path = Path.of(seen).normalize();
    return mounts
        .filter(mount -> path.startsWith(Path.of(mount.getMountPath()).normalize()))
        .max(
            Comparator.comparingInt(
                mount -> Path.of(mount.getMountPath()).normalize().getNameCount()))
        .map(mount ->
            Path.of("/", Objects.requireNonNullElse(mount.getSubPath(), ""))
                .resolve(Path.of(mount.getMountPath()).normalize().relativize(path)))
        .map(inside -> relative(inside.toString()));
  }

  /** As it stands in a Registry: without slashes at its ends. */
  static String relative(String path) {
    return Path.of("/", path).normalize().toString().substring(1);
  }

  /** Whether a container has the claim in parts that only its own start can tell. */
  static boolean isByExpression(PodSpec pod, Container container, String claim) {
    return VolumeUser.mounts(pod, container, claim)
        .anyMatch(mount -> mount.getSubPathExpr() != null);
  }
}
