package dev.winnow.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.winnow.oci.Digest;
import dev.winnow.storage.CollectOptions.Untag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** The file of {@code --untag}: JSON lines of repository, tag and digest. */
final class UntagFile {
  /** distribution/reference: what a tag may be. */
  private static final Pattern TAG = Pattern.compile("\\w[\\w.-]{0,127}");

  /** distribution/reference: what a path may be. */
  private static final Pattern REPOSITORY =
      Pattern.compile(
          "[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*)*");

  private UntagFile() {}

  static List<Untag> read(Path file) throws CommandException, IOException {
    ObjectMapper json = new ObjectMapper();
    List<Untag> list = new ArrayList<>();
    int number = 0;
    for (String line : Files.readAllLines(file)) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      JsonNode node;
      try {
        node = json.readTree(line);
      } catch (JsonProcessingException e) {
        throw bad(file, number, "is no JSON");
      }
      String repository = node.path("repository").asText();
      String tag = node.path("tag").asText();
      Optional<Digest> digest = Digest.parse(node.path("digest").asText());
      if (!REPOSITORY.matcher(repository).matches()) {
        throw bad(file, number, "has no repository that a registry serves");
      }
      if (!TAG.matcher(tag).matches()) {
        throw bad(file, number, "has no tag");
      }
      list.add(new Untag(repository, tag, digest.orElseThrow(badDigest(file, number))));
    }
    return list;
  }

  private static java.util.function.Supplier<CommandException> badDigest(Path file, int number) {
    return () -> bad(file, number, "has no digest");
  }

  private static CommandException bad(Path file, int number, String what) {
    return new CommandException(Exit.USAGE, "--untag " + file + ":" + number + " " + what);
  }
}
