package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.winnow.storage.CollectionReport;
import dev.winnow.storage.CollectionReport.Items;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code winnow collect} says at its end. */
final class CollectionOutput {
  private final Terminal terminal;

  CollectionOutput(Terminal terminal) {
    this.terminal = terminal;
  }

  void print(CollectionReport report, TextFormat format) throws IOException {
    report.failures().forEach(failure -> terminal.warn("failed: " + failure));
    if (report.dryRun()) {
      report.remarks().forEach(terminal::warn);
    }
    if (format == TextFormat.json) {
      json(report, terminal.out());
    } else {
      text(report);
    }
  }

  private void text(CollectionReport report) {
    PrintStream out = terminal.out();
    Table table = new Table(out, "", "BLOBS", "MANIFESTS", "SIZE");
    row(table, "in the store", report.blobs().total(), report.manifests(), report.blobs().bytes());
    row(table, report.dryRun() ? "would be taken" : "to be taken", report.candidates());
    row(
        table,
        "too young",
        report.waiting().blobs(),
        report.waiting().manifests(),
        report.waiting().bytes());
    if (!report.dryRun()) {
      row(table, "taken", report.quarantined());
      row(table, "brought back", report.restored());
      row(table, "purged", report.purged());
    }
    row(table, "in the trash", report.held().blobs(), 0, report.held().bytes());
    table.end();
    if (report.untagged() != null) {
      out.println(
          report.untagged()
              + (report.dryRun() ? " tags would be untagged" : " tags were untagged"));
    }
    if (report.waiting().blobs() > 0) {
      out.println(
          report.waiting().blobs()
              + " blobs unreferenced, eligible "
              + from(report.waiting().earliest()));
    }
    if (report.untaggedKept() > 0) {
      out.println(report.untaggedKept() + " manifests without a tag are too young (--untagged)");
    }
    if (report.probed() != null) {
      out.println(
          "no registry may know "
              + report.probed().repository()
              + "@"
              + report.probed().digest()
              + " any more");
    }
    if (report.held().blobs() > 0) {
      out.println(
          report.held().blobs()
              + " blobs are in the trash ("
              + report.held().why()
              + "), to be purged "
              + from(report.held().earliest()));
    }
    report
        .tainted()
        .forEach(taint -> out.println("all of " + taint.repository() + " is kept: " + taint.why()));
    report
        .damaged()
        .forEach(damage ->
            out.println(
                damage.repository()
                    + (damage.tag().isEmpty() ? "" : ":" + damage.tag())
                    + " is damaged: "
                    + damage.missing()
                    + " "
                    + damage.why()
                    + (damage.since() == null
                        ? ", since before the first pass"
                        : ", since pass " + damage.since())));
    if (!report.dryRun()) {
      report.remarks().forEach(out::println);
    }
    if (!report.failures().isEmpty()) {
      out.println("It ended early; the next pass goes on from there.");
    }
  }

  private static void row(Table table, String what, Items items) {
    row(table, what, items.blobs(), items.manifests(), items.bytes());
  }

  private static void row(Table table, String what, long blobs, long manifests, long bytes) {
    table.row(what, Long.toString(blobs), Long.toString(manifests), Sizes.of(bytes));
  }

  private static String from(@Nullable Instant instant) {
    return instant == null || instant.equals(Instant.MAX)
        ? "once it is known that every registry process is a new one (--writers-since)"
        : "from " + instant;
  }

  /** Writes a report as JSON; the stream stays open. */
  static void json(CollectionReport report, OutputStream out) throws IOException {
    JsonGenerator json = new JsonFactory().createGenerator(out);
    json.writeStartObject();
    json.writeStringField("apiVersion", "winnow.dev/collection/v1");
    json.writeStringField("kind", "Collection");
    json.writeStringField("pass", report.pass());
    json.writeStringField("instance", report.instance());
    json.writeStringField("root", report.root());
    json.writeStringField("startedAt", report.startedAt().toString());
    json.writeStringField("finishedAt", report.finishedAt().toString());
    json.writeBooleanField("dryRun", report.dryRun());
    counts(report, json);
    lists(json, report);
    json.writeEndObject();
    json.writeRaw("\n");
    json.flush();
  }

  /** Writes the fields of a report that are counts. */
  static void counts(CollectionReport report, JsonGenerator json) throws IOException {
    json.writeNumberField("repositories", report.repositories());
    json.writeNumberField("manifests", report.manifests());
    json.writeObjectFieldStart("blobs");
    json.writeNumberField("total", report.blobs().total());
    json.writeNumberField("live", report.blobs().live());
    json.writeNumberField("bytes", report.blobs().bytes());
    json.writeEndObject();
    items(json, "candidates", report.candidates(), true);
    json.writeObjectFieldStart("waiting");
    json.writeNumberField("blobs", report.waiting().blobs());
    json.writeNumberField("manifests", report.waiting().manifests());
    json.writeNumberField("bytes", report.waiting().bytes());
    instant(json, "earliest", report.waiting().earliest());
    json.writeEndObject();
    items(json, "quarantined", report.quarantined(), true);
    json.writeObjectFieldStart("held");
    json.writeNumberField("blobs", report.held().blobs());
    json.writeNumberField("bytes", report.held().bytes());
    instant(json, "earliest", report.held().earliest());
    json.writeStringField("why", report.held().why());
    json.writeEndObject();
    items(json, "restored", report.restored(), false);
    items(json, "purged", report.purged(), false);
    Long untagged = report.untagged();
    if (untagged != null) {
      json.writeNumberField("untagged", untagged);
    }
    if (report.untaggedKept() > 0) {
      json.writeNumberField("untaggedKept", report.untaggedKept());
    }
    json.writeObjectFieldStart("tidied");
    json.writeNumberField("layerLinks", report.tidied().layerLinks());
    json.writeNumberField("directories", report.tidied().directories());
    json.writeNumberField("uploads", report.tidied().uploads());
    json.writeNumberField("temporaries", report.tidied().temporaries());
    json.writeEndObject();
    CollectionReport.Probed probed = report.probed();
    if (probed != null) {
      json.writeObjectFieldStart("probed");
      json.writeStringField("repository", probed.repository());
      json.writeStringField("digest", probed.digest());
      json.writeStringField("at", probed.at().toString());
      json.writeEndObject();
    }
  }

  private static void items(JsonGenerator json, String name, Items items, boolean withManifests)
      throws IOException {
    json.writeObjectFieldStart(name);
    json.writeNumberField("blobs", items.blobs());
    if (withManifests) {
      json.writeNumberField("manifests", items.manifests());
    }
    json.writeNumberField("bytes", items.bytes());
    json.writeEndObject();
  }

  private static void instant(JsonGenerator json, String name, @Nullable Instant instant)
      throws IOException {
    json.writeStringField(
        name, instant == null || instant.equals(Instant.MAX) ? null : instant.toString());
  }

  private static void lists(JsonGenerator json, CollectionReport report) throws IOException {
    json.writeArrayFieldStart("tainted");
    for (CollectionReport.Taint taint : report.tainted()) {
      json.writeStartObject();
      json.writeStringField("repository", taint.repository());
      json.writeStringField("why", taint.why());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeArrayFieldStart("damaged");
    for (CollectionReport.Damaged damage : report.damaged()) {
      json.writeStartObject();
      json.writeStringField("repository", damage.repository());
      json.writeStringField("tag", damage.tag());
      json.writeStringField("missing", damage.missing());
      json.writeStringField("why", damage.why());
      json.writeStringField("since", damage.since());
      json.writeEndObject();
    }
    json.writeEndArray();
    texts(json, "failures", report.failures());
    texts(json, "remarks", report.remarks());
  }

  /** There only where there is something to say. */
  private static void texts(JsonGenerator json, String name, List<String> texts)
      throws IOException {
    if (!texts.isEmpty()) {
      json.writeArrayFieldStart(name);
      for (String text : texts) {
        json.writeString(text);
      }
      json.writeEndArray();
    }
  }
}
