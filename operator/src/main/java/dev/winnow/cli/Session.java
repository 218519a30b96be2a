package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.registry.RegistryClient;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.run.FactsCache;
import dev.winnow.run.RegistrySource;
import dev.winnow.run.Run;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One policy at work on its registry: the connection, and the run on top of it. */
final class Session implements AutoCloseable {
  private final RegistryClient client;
  private final RegistrySource source;
  private final ApplyGuard guard;
  private final Run run;

  private Session(RegistryClient client, RegistrySource source, ApplyGuard guard, Run run) {
    this.client = client;
    this.source = source;
    this.guard = guard;
    this.run = run;
  }

  /**
   * Connects.
   *
   * @param at the instant that all ages are measured from
   * @throws IOException when the registry does not answer, or does not let us in
   */
  static Session open(
      Connections connections,
      Documents documents,
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache cache)
      throws CommandException, IOException {
    RegistryClient client = connections.open(work.registry(), documents);
    try {
      ApplyGuard guard = new ApplyGuard();
      RegistrySource source = new RegistrySource(client, guard);
      source.connect();
      RetentionPolicy policy = work.policy();
      Run run =
          new Run(
              work.header(at),
              policy.spec(),
              work.rules(),
              source,
              source.deletion(sample(work.rules().policy())),
              Inputs.hostPort(work.registry()),
              "",
              Run.generationOf(policy.spec()),
              work.registry().spec().client().concurrency(),
              Run.digestFacts(cache));
      return new Session(client, source, guard, run);
    } catch (IOException | RuntimeException e) {
      client.close();
      throw e;
    }
  }

  Run run() {
    return run;
  }

  RegistrySource source() {
    return source;
  }

  ApplyGuard guard() {
    return guard;
  }

  @Override
  public void close() {
    client.close();
  }

  /** A repository that the policy names, for registries whose catalog does not tell their kind. */
  private static String sample(CompiledPolicy policy) {
    return policy.rules().stream()
        .flatMap(rule -> rule.repositories().literals())
        .findFirst()
        .orElse("");
  }
}
