package dev.winnow.cli;

import dev.winnow.api.RetentionPolicy;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.retention.RepositoryFacts.Deletion;
import dev.winnow.run.ClockSkewException;
import dev.winnow.run.FactsCache;
import dev.winnow.run.ImageSource;
import dev.winnow.run.RegistrySource;
import dev.winnow.run.Run;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.function.Consumer;
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
   * @param store what is read instead of the API; null: the API
   * @throws IOException when the registry does not answer, or does not let us in
   */
  static Session open(
      Clients clients,
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache cache,
      @Nullable ImageSource store)
      throws IOException {
    ApplyGuard guard = new ApplyGuard();
    RegistrySource api = new RegistrySource(clients.of(work), guard);
    Deletion deletion = deletion(api, work);
    return new Session(api, guard, run(work, at, cache, store == null ? api : store, deletion));
  }

  /** For a plan alone from a volume, of a registry that nothing is asked of. */
  static Run plan(
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache cache,
      ImageSource store,
      Deletion deletion) {
    return run(work, at, cache, store, deletion);
  }

  /**
   * For a plan alone, which a volume is enough for: where the registry does not answer, a tag goes
   * only when that is right for every kind of registry.
   *
   * @param warnings told when that is so
   */
  static Run plan(
      Clients clients,
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache cache,
      ImageSource store,
      Consumer<String> warnings)
      throws IOException {
    Deletion deletion = Deletion.BY_DIGEST;
    try {
      deletion = deletion(new RegistrySource(clients.of(work), new ApplyGuard()), work);
    } catch (ClockSkewException | InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      warnings.accept(
          "the registry does not say how it deletes ("
              + Reasons.text(e)
              + "); planned as for one that deletes a digest with all its tags");
    }
    return run(work, at, cache, store, deletion);
  }

  private static Deletion deletion(RegistrySource api, Inputs.Work work) throws IOException {
    api.connect();
    return api.deletion(sample(work.rules().policy()));
  }

  private static Run run(
      Inputs.Work work,
      Instant at,
      @Nullable FactsCache cache,
      ImageSource source,
      Deletion deletion) {
    RetentionPolicy policy = work.policy();
    return new Run(
        work.header(at),
        policy.spec(),
        work.rules(),
        source,
        deletion,
        Inputs.hostPort(work.registry()),
        "",
        Run.generationOf(policy.spec()),
        work.registry().spec().client().concurrency(),
        Run.digestFacts(cache));
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
