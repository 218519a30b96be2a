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
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The file of {@code --untag}: JSON lines of repository, tag and digest. Strict, since a slip
 * deletes another tag: the number 1.10 is 1.1.
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

  private final Path file;
  private int number;

  private UntagFile(Path file) {
    this.file = file;
  }

  /** Reads a file, or all of a folder. */
  static List<Untag> read(Path file) throws CommandException {
    if (!Files.isDirectory(file)) {
      return new UntagFile(file).read();
    }
    List<Path> parts;
    try (Stream<Path> files = Files.list(file)) {
      parts = files.filter(one -> one.toString().endsWith(".jsonl")).sorted().toList();
    } catch (IOException e) {
      throw OptionFile.bad("--untag", file, e);
    }
    if (parts.isEmpty()) {
      throw new CommandException(
          Exit.USAGE, "--untag " + file + ": Is a directory, and holds no .jsonl file");
    }
    List<Untag> all = new ArrayList<>();
    for (Path part : parts) {
      all.addAll(new UntagFile(part).read());
    }
    return all;
  }

  private List<Untag> read() throws CommandException {
    List<Untag> list = new ArrayList<>();
    for (String line : OptionFile.lines("--untag", file)) {
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
        Digest.parse(text(node, "digest")).orElseThrow(() -> bad("has no digest")));
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
    return OptionFile.bad("--untag", file, number, what);
  }
}
