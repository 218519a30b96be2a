package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.winnow.image.Verifier.Damage;
import dev.winnow.image.Verifier.Report;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What verifying a registry found, added up repository by repository. */
final class Verification {
  private final List<Damage> damaged = new ArrayList<>();
  private int repositories;
  private int tags;
  private int manifests;
  private int blobs;
  private boolean complete = true;

  /**
   * A repository that was looked at.
   *
   * @param repository its name
   * @param report what was found; null when it could not be looked at
   * @param fault why not
   */
  record Looked(String repository, @Nullable Report report, @Nullable String fault) {}

  void add(Looked looked) {
    repositories++;
    Report report = looked.report();
    if (report == null) {
      complete = false;
      return;
    }
    tags += report.tags();
    manifests += report.manifests();
    blobs += report.blobs();
    damaged.addAll(report.damaged());
  }

  int repositories() {
    return repositories;
  }

  boolean isDamaged() {
    return !damaged.isEmpty();
  }

  /** Whether every repository could be looked at. */
  boolean isComplete() {
    return complete;
  }

  void print(Terminal terminal, TextFormat format, boolean deep) throws IOException {
    if (format == TextFormat.json) {
      printJson(terminal);
      return;
    }
    Table table = new Table(terminal.out(), "REPOSITORY", "TAG", "MISSING", "WHY");
    damaged.forEach(d -> table.row(d.repository(), d.tag(), d.missing(), d.why()));
    table.end();
    terminal
        .out()
        .printf(
            "%d tags, %d manifests and %d blobs in %d repositories %s: %s%n",
            tags,
            manifests,
            blobs,
            repositories,
            deep ? "read and hashed" : "looked up",
            outcome());
  }

  private String outcome() {
    if (!damaged.isEmpty()) {
      return damaged.size() + " damaged";
    }
    return complete ? "all whole" : "what could be looked at is whole, the rest is not known";
  }

  private void printJson(Terminal terminal) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(terminal.out());
    json.writeStartObject();
    json.writeStringField("apiVersion", "winnow.dev/verification/v1");
    json.writeStringField("kind", "Verification");
    json.writeNumberField("repositories", repositories);
    json.writeNumberField("tags", tags);
    json.writeNumberField("manifests", manifests);
    json.writeNumberField("blobs", blobs);
    json.writeArrayFieldStart("damaged");
    for (Damage damage : damaged) {
      json.writeStartObject();
      json.writeStringField("repository", damage.repository());
      json.writeStringField("tag", damage.tag());
      json.writeStringField("missing", damage.missing());
      json.writeStringField("why", damage.why());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
    json.writeRaw("\n");
    json.flush();
  }
}
