package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The kubectl of a person who uses the cluster, in one namespace. */
public final class Kubectl {
  private final Tools tools = Tools.find();
  private final Path kubeconfig;
  private final String namespace;

  public Kubectl(Path kubeconfig, String namespace) {
    this.kubeconfig = kubeconfig;
    this.namespace = namespace;
  }

  /** Runs it and gives what it printed; fails when it fails. */
  public String run(String... arguments) {
    Tools.Result result = call(arguments);
    assertThat(result.exitCode()).as(String.join(" ", arguments) + ": " + result.err()).isZero();
    return result.out();
  }

  /** Runs it to its end, whatever that is. */
  public Tools.Result call(String... arguments) {
    List<String> all = new ArrayList<>(List.of("--namespace", namespace));
    all.addAll(List.of(arguments));
    return tools.call(
        Map.of("KUBECONFIG", kubeconfig.toString()), "kubectl", all.toArray(String[]::new));
  }

  /** Applies the YAML as the server understands it. */
  public String apply(String yaml) {
    try {
      Path file = Files.createTempFile("winnow", ".yaml");
      try {
        Files.writeString(file, yaml);
        return run("apply", "--server-side", "-f", file.toString());
      } finally {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
