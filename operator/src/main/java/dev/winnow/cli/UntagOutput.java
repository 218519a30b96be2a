package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import dev.winnow.retention.Action;
import dev.winnow.retention.Decision;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanReader;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.Planned;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.jspecify.annotations.Nullable;

/**
 * Writes what a plan deletes in the form that {@code collect --untag} takes; where there is an
 * earlier plan, only what that deletes, too.
 */
final class UntagOutput implements PlanSink {
  private final Path file;
  private final @Nullable Set<Planned> earlier;
  private final List<Planned> deletions = new ArrayList<>();
  private Instant at = Instant.MIN; // until begun, as which nothing would go

  private UntagOutput(Path file, @Nullable Set<Planned> earlier) {
    this.file = file;
    this.earlier = earlier;
  }

  /**
   * Reads the earlier plan.
   *
   * @param planned the folder with its parts, as an operator stores them; null: there is none
   */
  static UntagOutput to(Path file, @Nullable Path planned) throws CommandException {
    return new UntagOutput(file, planned == null ? null : deletions(planned));
  }

  private static Set<Planned> deletions(Path folder) throws CommandException {
    Set<Planned> deletions = new HashSet<>();
    try (Stream<Path> files = Files.list(folder)) {
      for (Path part : files.filter(each -> each.toString().endsWith(".gz")).sorted().toList()) {
        try (InputStream in =
            new GZIPInputStream(new BufferedInputStream(Files.newInputStream(part)))) {
          PlanReader.read(in, new Deletions(deletions));
        }
      }
    } catch (IOException e) {
      throw OptionFile.bad("--planned", folder, e);
    }
    return deletions;
  }

  private record Deletions(Set<Planned> found) implements PlanReader.Reader {
    @Override
    public void header(String kind, PlanHeader header) {}

    @Override
    public void decision(String repository, Decision decision) {
      if (decision.action() == Action.Delete && decision.digest() != null) {
        found.add(new Planned(repository, decision.tag(), decision.digest()));
      }
    }

    @Override
    public void digest(String digest) {}
  }

  @Override
  public void begin(PlanHeader header) {
    at = header.at();
  }

  @Override
  public void repository(String repository, List<Decision> decisions) {
    Set<Planned> now = new HashSet<>();
    Deletions found = new Deletions(now);
    for (Decision decision : decisions) {
      found.decision(repository, decision);
    }
    now.stream().filter(each -> earlier == null || earlier.contains(each)).forEach(deletions::add);
  }

  /** Only a plan that came to its end is written. */
  @Override
  public void end(PlanSummary summary) throws IOException {
    Path part = file.resolveSibling(file.getFileName() + ".part");
    try (OutputStream out = Files.newOutputStream(part);
        JsonGenerator json =
            new JsonFactory()
                .createGenerator(out)
                .setPrettyPrinter(new MinimalPrettyPrinter("\n"))) {
      for (Planned each : deletions) {
        json.writeStartObject();
        json.writeStringField("repository", each.repository());
        json.writeStringField("tag", each.tag());
        json.writeStringField("digest", each.digest().text());
        json.writeStringField("at", at.toString());
        json.writeEndObject();
      }
    }
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }
}
