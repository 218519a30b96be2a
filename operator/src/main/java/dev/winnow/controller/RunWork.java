package dev.winnow.controller;

import dev.winnow.api.RetentionPolicy;
import dev.winnow.registry.RegistryClient;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.retention.RepositoryFacts.Deletion;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.RegistrySource;
import dev.winnow.run.Run;
import java.io.IOException;
import java.time.Instant;

/** Makes the {@link Run} that a task works on from what the cluster says. */
final class RunWork {
  private RunWork() {}

  /**
   * Asks the registry who it is, and gives the run on it.
   *
   * @param at the instant that all ages are measured from
   */
  static Run open(
      PolicyVerdict.Ready ready, RegistryClient client, RegistrySource source, Instant at)
      throws IOException {
    client.ping();
    source.checkClock();
    RetentionPolicy.Spec spec = ready.spec();
    CompiledPolicy compiled = ready.rules().policy();
    return new Run(
        new PlanHeader(
            ready.policy().getMetadata().getName(),
            ready.registry().getMetadata().getName(),
            ready.registrySpec().url(),
            at),
        spec,
        ready.rules(),
        source,
        DeletionByVolume.isAskedFor(ready.registrySpec())
            ? Deletion.BY_TAG // by one rename, whatever kind of registry it is
            : source.deletion(sample(compiled)),
        ready.hostPort(),
        ready.policy().getMetadata().getUid(),
        String.valueOf(ready.policy().getMetadata().getGeneration()),
        ready.registrySpec().client().concurrency(),
        Run.digestFacts(null));
  }

  /** A repository that the policy names, for registries whose catalog does not tell their kind. */
  private static String sample(CompiledPolicy policy) {
    return policy.rules().stream()
        .flatMap(rule -> rule.repositories().literals())
        .findFirst()
        .orElse("");
  }
}
