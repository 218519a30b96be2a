package dev.winnow.bench;

import dev.winnow.api.Documents;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.registry.HostLimits;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RegistryEndpoint;
import dev.winnow.retention.Decision;
import dev.winnow.retention.PolicyCompiler;
import dev.winnow.retention.Rules;
import dev.winnow.run.DigestFacts;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planner;
import dev.winnow.run.Progress;
import dev.winnow.run.RegistrySource;
import dev.winnow.run.Run;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/** Plans again and again in this process, each time with a new client, as an operator does. */
final class WarmPlanner {
  private static final int WARM_UP = 3;

  private final URI url;
  private final RetentionPolicy.Spec policy;
  private DigestFacts known = Run.digestFacts(null);

  WarmPlanner(String url, Path file) throws IOException {
    Documents documents = new Documents();
    documents.read(file.toString(), Files.readString(file));
    this.url = URI.create(url);
    this.policy = documents.policies().getFirst().value().spec();
    for (int i = 0; i < WARM_UP; i++) {
      first();
    }
  }

  /** Seconds that a plan takes which knows nothing yet. */
  double first() throws IOException {
    known = Run.digestFacts(null);
    return plan();
  }

  /** Seconds that a plan takes which knows the configs that the last one read. */
  double again() throws IOException {
    return plan();
  }

  private double plan() throws IOException {
    long began = System.nanoTime();
    RegistryEndpoint endpoint = RegistryEndpoint.of(url, "benchmark", InstantSource.system());
    try (RegistryClient client = new RegistryClient(endpoint, new HostLimits())) {
      RegistrySource source =
          new RegistrySource(client, (repository, reference) -> Optional.of("a benchmark"));
      Run run =
          new Run(
              new PlanHeader("builds", "main", url.toString(), Instant.now()),
              policy,
              new Rules(PolicyCompiler.compile("builds", policy).policy(), List.of()),
              source,
              source.deletion(""),
              endpoint.hostAndPort(),
              "",
              Run.generationOf(policy),
              16,
              known);
      new Planner(run, warning -> {}, Progress.NONE).plan(new Forgetful());
    }
    return (System.nanoTime() - began) / 1e9;
  }

  private static final class Forgetful implements PlanSink {
    @Override
    public void begin(PlanHeader header) {}

    @Override
    public void repository(String repository, List<Decision> decisions) {}

    @Override
    public void end(PlanSummary summary) {}
  }
}
