package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.storage.Reasons;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The files of {@code -f}: documents of registries, policies, and their secrets. */
final class PolicyFiles {
  private static final int MOST_BYTES = 3 << 20;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec command = CommandSpec.create();

  @Option(
      names = {"-f", "--filename"},
      paramLabel = "FILE",
      arity = "1..*",
      description = {
        "YAML or JSON files, or folders of them, with Registry and RetentionPolicy documents,"
            + " and the Secrets and ConfigMaps that they name. - is standard input."
      })
  private List<String> names = List.of();

  /** Whether there are any. */
  boolean areGiven() {
    return !names.isEmpty();
  }

  /** Reads all files; problems of documents are in the result. */
  Documents read(Terminal terminal) throws CommandException {
    if (!areGiven()) {
      throw new ParameterException(
          command.commandLine(), "Missing required option: '--filename=FILE'");
    }
    Documents documents = new Documents();
    for (String name : names) {
      if (name.isEmpty()) { // which would be the folder we are in
        throw new CommandException(Exit.USAGE, "-f '': an empty name is no file");
      }
      if (name.equals("-")) {
        documents.read("standard input", standardInput(terminal));
      } else {
        for (Path file : files(Path.of(name))) {
          documents.read(file.toString(), text(file));
        }
      }
    }
    return documents;
  }

  /** Gives up the last name, which was no file but stood behind one; null when it is a file. */
  @Nullable String giveUpLast() {
    if (names.size() < 2) {
      return null;
    }
    String last = names.getLast();
    if (Files.exists(Path.of(last))) {
      return null;
    }
    names = names.subList(0, names.size() - 1);
    return last;
  }

  /** Whether standard input is taken by a document. */
  boolean readsStandardInput() {
    return names.contains("-");
  }

  private static List<Path> files(Path path) throws CommandException {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      List<Path> files =
          entries.filter(file -> file.toString().matches(".*\\.(yaml|yml|json)")).sorted().toList();
      if (files.isEmpty()) {
        throw new CommandException(
            Exit.USAGE, path + ": the folder has no .yaml, .yml or .json file");
      }
      return files;
    } catch (IOException e) {
      throw unreadable(path.toString(), e);
    }
  }

  private static String text(Path file) throws CommandException {
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new CommandException(
            Exit.USAGE, file + ": larger than " + MOST_BYTES + " bytes; this is no policy file");
      }
      return Files.readString(file);
    } catch (IOException e) {
      throw unreadable(file.toString(), e);
    }
  }

  private static String standardInput(Terminal terminal) throws CommandException {
    try {
      byte[] bytes = terminal.in().readNBytes(MOST_BYTES);
      return new String(bytes, StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw unreadable("standard input", e);
    }
  }

  private static CommandException unreadable(String name, IOException e) {
    return new CommandException(Exit.USAGE, name + ": " + Reasons.withoutPath(e));
  }
}
