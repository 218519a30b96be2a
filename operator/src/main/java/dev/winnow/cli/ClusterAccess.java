package dev.winnow.cli;

import dev.winnow.api.Documents;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which namespace of which cluster, as kubectl has it. */
final class ClusterAccess {
  @Mixin private ClusterOptions options = new ClusterOptions();

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NAME",
      description = "The namespace; default: the one of the context.")
  private @Nullable String namespace;

  /** The works, with what the policies of the cluster keep besides, of all its namespaces. */
  List<Inputs.Work> beside(Context context, List<Inputs.Work> works, Documents documents)
      throws CommandException, IOException {
    return options.beside(context, works, documents);
  }

  /** Does something in the namespace of the cluster. */
  <T> T use(Context context, ClusterOptions.Work<T> work) throws CommandException, IOException {
    return options.use(context, namespace, work);
  }
}
