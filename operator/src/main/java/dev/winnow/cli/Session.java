package dev.winnow.cli;

import dev.winnow.api.RetentionPolicy;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.run.FactsCache;
import dev.winnow.run.RegistrySource;
import dev.winnow.run.Run;
import java.io.IOException;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** One policy at work on its registry: the connection, and the run on top of it. */
final class Session {
  private final RegistrySource source;
  private final ApplyGuard guard;
  private final Run run;

  private Session(RegistrySource source, ApplyGuard guard, Run run) {
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
  static Session open(Clients clients, Inputs.Work work, Instant at, @Nullable FactsCache cache)
      throws IOException {
    ApplyGuard guard = new ApplyGuard();
    RegistrySource source = new RegistrySource(clients.of(work), guard);
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
    return new Session(source, guard, run);
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

  /** A repository that the policy names, for registries whose catalog does not tell their kind. */
  private static String sample(CompiledPolicy policy) {
    return policy.rules().stream()
        .flatMap(rule -> rule.repositories().literals())
        .findFirst()
        .orElse("");
  }
}
