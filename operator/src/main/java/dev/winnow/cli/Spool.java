package dev.winnow.cli;

import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanReader;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planned;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A plan on its way to being applied: its deletions in memory, all its decisions in a temporary
 * file, since they may be a million.
 */
final class Spool implements AutoCloseable {
  private final Path file;
  private final List<Planned> deletions = new ArrayList<>();
  private @Nullable PlanHeader header;
  private @Nullable PlanSummary summary;

  Spool() throws IOException {
    this.file = Files.createTempFile("winnow-plan", ".jsonl");
  }

  /** Takes one plan; to be closed at its end. */
  PlanSink sink() throws IOException {
    OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), 1 << 16);
    PlanOutput lines = new JsonLinesOutput(out, "Plan", PlanOutput.More.NOTHING);
    return PlanSink.both(
        lines.asSink(),
        new PlanSink() {
          @Override
          public void begin(PlanHeader of) {
            header = of;
          }

          @Override
          public void repository(String repository, List<Decision> decisions) {
            for (Decision decision : decisions) {
              if (decision.action() == Action.Delete && decision.digest() != null) {
                deletions.add(new Planned(repository, decision.tag(), decision.digest()));
              }
            }
          }

          @Override
          public void end(PlanSummary of) throws IOException {
            summary = of;
            lines.close();
            out.close();
          }
        });
  }

  PlanHeader header() {
    return Objects.requireNonNull(header, "the plan has not begun");
  }

  PlanSummary summary() {
    return Objects.requireNonNull(summary, "the plan has not ended");
  }

  List<Planned> deletions() {
    return deletions;
  }

  /** Takes the decisions of one repository. */
  interface Decisions {
    void accept(String repository, List<Decision> decisions) throws IOException;
  }

  /** Gives back all decisions, repository by repository. */
  void replay(Decisions into) throws IOException {
    Grouping grouping = new Grouping(into);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      PlanReader.read(in, grouping);
    }
    grouping.flush();
  }

  /** Deletes the file, if that can be done. */
  void discard() {
    file.toFile().delete();
  }

  @Override
  public void close() throws IOException {
    Files.deleteIfExists(file);
  }

  /** Puts the decisions of a repository together again; they stand one behind the other. */
  static final class Grouping implements PlanReader.Reader {
    private final Decisions into;
    private String repository = "";
    private List<Decision> decisions = new ArrayList<>();

    Grouping(Decisions into) {
      this.into = into;
    }

    @Override
    public void header(String kind, PlanHeader header) {}

    @Override
    public void decision(String of, Decision decision) throws IOException {
      if (!of.equals(repository)) {
        flush();
        repository = of;
      }
      decisions.add(decision);
    }

    @Override
    public void digest(String digest) {}

    void flush() throws IOException {
      if (!decisions.isEmpty()) {
        into.accept(repository, decisions);
        decisions = new ArrayList<>();
      }
    }
  }
}
