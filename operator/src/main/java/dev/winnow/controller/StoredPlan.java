package dev.winnow.controller;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.winnow.api.RetentionRunStatus.RepositoryCount;
import dev.winnow.cluster.PlanStore;
import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import dev.winnow.run.Applied;
import dev.winnow.run.PlanDigest;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanJson;
import dev.winnow.run.PlanReader;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planned;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;

/** A plan's deletions and skips as they are stored with a run, and read again to be applied. */
final class StoredPlan {
  private static final JsonFactory JSON = new JsonFactory();

  private StoredPlan() {}

  /** Writes what goes, and what should go and cannot; kept tags are only counted. */
  static final class Sink implements PlanSink {
    private static final int MOST_SKIPS = 50_000;
    private static final int MOST_REPOSITORIES = 10;
    private static final Comparator<RepositoryCount> LOSS =
        Comparator.comparingLong(RepositoryCount::delete)
            .thenComparing(RepositoryCount::repository, Comparator.reverseOrder());

    private final PlanStore.Writer writer;
    private final PriorityQueue<RepositoryCount> most = new PriorityQueue<>(LOSS);
    private List<String> names = List.of();
    private int skips;

    Sink(PlanStore.Writer writer) {
      this.writer = writer;
    }

    @Override
    public void begin(PlanHeader header) {}

    @Override
    public void repository(String repository, List<Decision> decisions) throws IOException {
      long deletions = 0;
      for (Decision decision : decisions) {
        boolean delete = decision.action() == Action.Delete;
        if (delete || (decision.action() == Action.Skip && skips++ < MOST_SKIPS)) {
          writer.line(json(repository, decision, null), text(repository, decision));
        }
        deletions += delete ? 1 : 0;
      }
      if (deletions > 0) {
        most.add(new RepositoryCount(repository, deletions));
        if (most.size() > MOST_REPOSITORIES) {
          most.remove();
        }
      }
    }

    @Override
    public void end(PlanSummary summary) throws IOException {
      names = writer.finish();
    }

    List<String> names() {
      return names;
    }

    /** The repositories that lose most, those first. */
    List<RepositoryCount> mostDeleted() {
      return most.stream().sorted(LOSS.reversed()).toList();
    }
  }

  /** The deletions of a stored plan, each with its decision. */
  static Map<Planned, Decision> read(InputStream in, PlanDigest digest, String expected)
      throws IOException {
    Map<Planned, Decision> deletions = new LinkedHashMap<>();
    PlanReader.read(
        in,
        new PlanReader.Reader() {
          @Override
          public void decision(String repository, Decision decision) {
            if (decision.action() == Action.Delete && decision.digest() != null) {
              digest.delete(repository, decision.tag(), decision.digest());
              deletions.put(new Planned(repository, decision.tag(), decision.digest()), decision);
            }
          }
        });
    if (!digest.finish().equals(expected)) {
      throw new IOException("the stored plan is not the one of status.plan.digest");
    }
    return deletions;
  }

  /** What became of each deletion, as it is stored. */
  static Map<Planned, Applied> readResult(InputStream in) throws IOException {
    Map<Planned, Applied> outcomes = new LinkedHashMap<>();
    PlanReader.read(
        in,
        new PlanReader.Reader() {
          @Override
          public void decision(String repository, Decision decision) {}

          @Override
          public void applied(String repository, Decision decision, Applied applied) {
            if (decision.digest() != null) {
              outcomes.put(new Planned(repository, decision.tag(), decision.digest()), applied);
            }
          }
        });
    return outcomes;
  }

  /** Stores what became of each deletion. */
  static List<String> writeResult(
      PlanStore.Writer writer, Map<Planned, Decision> plan, Map<Planned, Applied> outcomes)
      throws IOException {
    for (Map.Entry<Planned, Decision> planned : plan.entrySet()) {
      Applied applied = outcomes.get(planned.getKey());
      if (applied != null) {
        String repository = planned.getKey().repository();
        writer.line(
            json(repository, applied.of(planned.getValue()), applied),
            text(repository, planned.getValue()) + " " + outcome(applied));
      }
    }
    return writer.finish();
  }

  private static String outcome(Applied applied) {
    List<String> words = new ArrayList<>();
    words.add(applied.outcome().name());
    if (applied.reason() != null) {
      words.add(applied.reason().name());
    }
    if (applied.message() != null) {
      words.add(applied.message());
    }
    return String.join(" ", words);
  }

  private static String json(
      String repository, Decision decision, @org.jspecify.annotations.Nullable Applied applied)
      throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = JSON.createGenerator(text)) {
      PlanJson.writeDecision(json, repository, decision, applied);
    }
    return text.toString();
  }

  private static String text(String repository, Decision decision) {
    return repository
        + ":"
        + decision.tag()
        + " "
        + decision.digest()
        + " "
        + decision.action()
        + " "
        + decision.reason()
        + (decision.rule() == null ? "" : " " + decision.rule());
  }
}
