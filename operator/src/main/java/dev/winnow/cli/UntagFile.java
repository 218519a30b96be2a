package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.oci.Digest;
import dev.winnow.storage.CollectOptions.Untag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The file of {@code --untag}, which {@code --going} reads, too: JSON lines of repository, tag and
 * digest, and of when that was decided, where somebody says so. Strict, since a slip deletes
 * another tag: the number 1.10 is 1.1.
 */
final class UntagFile {
  /** distribution/reference: what a tag may be. */
  private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}");

  /** distribution/reference: what a path may be. */
  private static final Pattern REPOSITORY =
      Pattern.compile(
          "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*");

  private static final JsonMapper JSON =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  private static final String COLLECTED = "--untag";
  private static final String GOING = "--going";

  private final String option;
  private final Path file;
  private int number;

  private UntagFile(String option, Path file) {
    this.option = option;
    this.file = file;
  }

  /** Reads a file, or all of a folder. */
  static List<Untag> read(Path file) throws CommandException {
    if (!Files.isDirectory(file)) {
      return new UntagFile(COLLECTED, file).read();
    }
    List<Path> parts = parts(COLLECTED, file);
    if (parts.isEmpty()) {
      throw new CommandException(
          Exit.USAGE, "--untag " + file + ": Is a directory, and holds no .jsonl file");
    }
    return read(COLLECTED, parts);
  }

  /**
   * Reads the lists that are in a folder by now; there may be none.
   *
   * @param own that of whoever asks, which an attempt before may have left there
   */
  static List<Untag> others(Path folder, Path own) throws CommandException {
    List<Path> others =
        parts(GOING, folder).stream()
            .filter(each -> !each.toAbsolutePath().equals(own.toAbsolutePath()))
            .toList();
    return read(GOING, others);
  }

  private static List<Path> parts(String option, Path folder) throws CommandException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.filter(one -> one.toString().endsWith(".jsonl")).sorted().toList();
    } catch (IOException e) {
      throw OptionFile.bad(option, folder, e);
    }
  }

  private static List<Untag> read(String option, List<Path> parts) throws CommandException {
    List<Untag> all = new ArrayList<>();
    for (Path part : parts) {
      all.addAll(new UntagFile(option, part).read());
    }
    return all;
  }

  private List<Untag> read() throws CommandException {
    List<Untag> list = new ArrayList<>();
    for (String line : OptionFile.lines(option, file)) {
      number++;
      if (!line.isBlank()) {
        list.add(untag(line));
      }
    }
    return list;
  }

  private Untag untag(String line) throws CommandException {
    JsonNode node = parse(line);
    if (!node.isObject()) {
      throw bad("is no JSON object");
    }
    String repository = text(node, "repository");
    String tag = text(node, "tag");
    if (!REPOSITORY.matcher(repository).matches()) {
      throw bad("has no repository that a registry serves");
    }
    if (!TAG.matcher(tag).matches()) {
      throw bad("has no tag");
    }
    return new Untag(
        repository,
        tag,
        Digest.parse(text(node, "digest")).orElseThrow(() -> bad("has no digest")),
        node.has("at") ? instant(text(node, "at")) : null);
  }

  private Instant instant(String text) throws CommandException {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw bad("has an at that is no time, as 2026-11-20T02:30:00Z");
    }
  }

  private JsonNode parse(String line) throws CommandException {
    try {
      return JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw bad("is not one JSON object: " + e.getOriginalMessage());
    }
  }

  private String text(JsonNode node, String field) throws CommandException {
    JsonNode value = node.path(field);
    if (value.isMissingNode()) {
      throw bad("has no " + field);
    }
    if (!value.isTextual()) {
      throw bad("has a " + field + " that is no string: write it in quotes");
    }
    return value.textValue();
  }

  private CommandException bad(String what) {
    return OptionFile.bad(option, file, number, what);
  }
}
