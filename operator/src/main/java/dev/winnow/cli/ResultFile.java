package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.winnow.oci.Digest;
import dev.winnow.storage.CollectionReport;
import dev.winnow.storage.Reasons;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a collection in as few bytes as the termination message of a container may have:
 * how it ended, in a word and for people, and the counts of its report. Lists are told by how many,
 * by a digest of all, and by their first few.
 */
final class ResultFile {
  private static final int LONGEST_ITEM = 256;
  private static final int LONGEST_MESSAGE = 1024;
  private static final int SHORTER_MESSAGE = 256;
  private static final int SHORTEST_MESSAGE = 64;
  private static final int SHOWN = 5;

  private final @Nullable Path file;
  private final int mostBytes;

  /**
   * @param file null: nobody asked for one
   * @param mostBytes how long it may be
   */
  ResultFile(@Nullable Path file, int mostBytes) {
    this.file = file;
    this.mostBytes = mostBytes;
  }

  /** Tells of a pass that came to its end. */
  void ended(CollectionReport report) throws IOException {
    if (report.failures().isEmpty()) {
      write(Exit.DONE, report.dryRun() ? "DryRun" : "Collected", summary(report), report);
    } else {
      String failures = String.join("; ", report.failures());
      failed("Partial", failures, report);
    }
  }

  /** Tells that the volume failed. */
  void failed(IOException e) throws IOException {
    failed("VolumeFailed", Reasons.text(e), null);
  }

  private void failed(String reason, String text, @Nullable CollectionReport report)
      throws IOException {
    if (FullVolume.is(text)) {
      write(Exit.FAILED, FullVolume.REASON, FullVolume.ADVICE + ": " + text, report);
    } else {
      write(Exit.FAILED, reason, text, report);
    }
  }

  /** Tells why there was none. */
  void failed(int exit, String reason, String message) throws IOException {
    write(exit, reason, message, null);
  }

  private static String summary(CollectionReport report) {
    return report.dryRun()
        ? report.candidates().blobs()
            + " blobs ("
            + Sizes.of(report.candidates().bytes())
            + ") would be taken"
        : "took "
            + report.quarantined().blobs()
            + " blobs ("
            + Sizes.of(report.quarantined().bytes())
            + "), brought back "
            + report.restored().blobs()
            + ", removed for good "
            + report.purged().blobs()
            + " ("
            + Sizes.of(report.purged().bytes())
            + ")";
  }

  private void write(int exit, String reason, String message, @Nullable CollectionReport report)
      throws IOException {
    if (file == null) {
      return;
    }
    byte[] json = json(exit, reason, message, report, SHOWN, LONGEST_MESSAGE);
    for (int shown = SHOWN - 1; json.length > mostBytes && shown >= 0; shown--) {
      json = json(exit, reason, message, report, shown, SHORTER_MESSAGE);
    }
    if (json.length > mostBytes) {
      json = json(exit, reason, message, report, 0, SHORTEST_MESSAGE);
    }
    Files.write(file, json);
  }

  private static byte[] json(
      int exit,
      String reason,
      String message,
      @Nullable CollectionReport report,
      int shown,
      int longest)
      throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (JsonGenerator json = new JsonFactory().createGenerator(bytes)) {
      json.writeStartObject();
      json.writeNumberField("exit", exit);
      json.writeStringField("reason", reason);
      json.writeStringField("message", shortened(message, longest));
      if (report != null) {
        json.writeObjectFieldStart("result");
        json.writeStringField("pass", report.pass());
        json.writeStringField("instance", report.instance());
        CollectionOutput.counts(report, json);
        List<String> tainted =
            report.tainted().stream().map(each -> each.repository() + ": " + each.why()).toList();
        found(json, tainted, shown);
        damaged(json, report.damaged(), shown);
        boolean isCut =
            tainted.size() > shown || report.damaged().size() > shown || message.length() > longest;
        json.writeBooleanField("cut", isCut);
        json.writeEndObject();
      }
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  private static String text(CollectionReport.Damaged damaged) {
    return damaged.repository()
        + (damaged.tag().isEmpty() ? "" : ":" + damaged.tag())
        + " "
        + damaged.missing()
        + " "
        + damaged.why();
  }

  /** What was found last comes first; what was there before all passes, last. */
  private static void damaged(JsonGenerator json, List<CollectionReport.Damaged> all, int shown)
      throws IOException {
    List<CollectionReport.Damaged> latest =
        all.stream()
            .sorted(
                Comparator.comparing(
                        CollectionReport.Damaged::since,
                        Comparator.nullsLast(Comparator.reverseOrder()))
                    .thenComparing(ResultFile::text))
            .toList();
    json.writeObjectFieldStart("damaged");
    json.writeNumberField("count", all.size());
    json.writeNumberField("before", all.stream().filter(each -> each.since() == null).count());
    if (!latest.isEmpty() && latest.getFirst().since() != null) {
      json.writeStringField("since", latest.getFirst().since());
    }
    first(json, latest.stream().map(ResultFile::text).toList(), shown);
    json.writeEndObject();
  }

  private static void found(JsonGenerator json, List<String> all, int shown) throws IOException {
    json.writeObjectFieldStart("tainted");
    json.writeNumberField("count", all.size());
    if (!all.isEmpty()) {
      String lines = String.join("\n", all.stream().sorted().toList());
      json.writeStringField("digest", Digest.sha256(lines.getBytes(StandardCharsets.UTF_8)).text());
    }
    first(json, all, shown);
    json.writeEndObject();
  }

  private static void first(JsonGenerator json, List<String> all, int shown) throws IOException {
    json.writeArrayFieldStart("first");
    for (String each : all.subList(0, Math.min(shown, all.size()))) {
      json.writeString(shortened(each, LONGEST_ITEM));
    }
    json.writeEndArray();
  }

  private static String shortened(String text, int longest) {
    return text.length() <= longest ? text : text.substring(0, longest - 1) + "…";
  }
}
