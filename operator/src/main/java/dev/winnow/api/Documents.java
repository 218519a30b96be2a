package dev.winnow.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.LoadSettings;
import org.snakeyaml.engine.v2.composer.Composer;
import org.snakeyaml.engine.v2.exceptions.Mark;
import org.snakeyaml.engine.v2.exceptions.MarkedYamlEngineException;
import org.snakeyaml.engine.v2.exceptions.YamlEngineException;
import org.snakeyaml.engine.v2.nodes.MappingNode;
import org.snakeyaml.engine.v2.nodes.Node;
import org.snakeyaml.engine.v2.nodes.NodeTuple;
import org.snakeyaml.engine.v2.nodes.ScalarNode;
import org.snakeyaml.engine.v2.schema.FailsafeSchema;

/**
 * The documents of some YAML files: those that Winnow reads, and everything that is wrong with
 * them. Nothing may be done with the documents while there are problems.
 */
public final class Documents {
  /** The group and version of Winnow's own kinds. */
  public static final String API_VERSION = "winnow.dev/v1alpha1";

  /** As much as the YAML parser takes of one document. */
  private static final int MAX_LENGTH = 3 << 20;

  private static final List<String> OUR_KINDS =
      List.of("Registry", "RetentionPolicy", "RetentionRun", "GarbageCollection");

  private final List<Located<Registry>> registries = new ArrayList<>();
  private final List<Located<RetentionPolicy>> policies = new ArrayList<>();
  private final List<Located<Secret>> secrets = new ArrayList<>();
  private final List<Located<ConfigMap>> configMaps = new ArrayList<>();
  private final List<DocumentProblem> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** Reads all documents of a file. */
  public void read(String file, String text) {
    if (text.length() > MAX_LENGTH) {
      addProblem(file, 1, "", 0, 0, "", "the file is larger than " + MAX_LENGTH + " characters");
      return;
    }
    LoadSettings settings =
        LoadSettings.builder()
            .setLabel(file)
            .setSchema(new FailsafeSchema())
            .setAllowNonScalarKeys(true)
            .build();
    int number = 0;
    int before = size();
    try {
      Composer composer = new Composer(settings, new BoundedParser(settings, text));
      while (composer.hasNext()) {
        Node root = composer.next();
        number++;
        readDocument(file, number, root);
      }
    } catch (YamlEngineException e) {
      problems.add(syntaxProblem(file, number + 1, e));
      return;
    }
    if (size() == before) {
      addProblem(file, 1, "", 0, 0, "", "the file has no documents");
    }
  }

  public List<Located<Registry>> registries() {
    return List.copyOf(registries);
  }

  public List<Located<RetentionPolicy>> policies() {
    return List.copyOf(policies);
  }

  public List<Located<Secret>> secrets() {
    return List.copyOf(secrets);
  }

  public List<Located<ConfigMap>> configMaps() {
    return List.copyOf(configMaps);
  }

  /** What is wrong, in the order of the files. */
  public List<DocumentProblem> problems() {
    return List.copyOf(problems);
  }

  /** What was passed over, in words for a person. */
  public List<String> notes() {
    return List.copyOf(notes);
  }

  private int size() {
    return registries.size()
        + policies.size()
        + secrets.size()
        + configMaps.size()
        + problems.size()
        + notes.size();
  }

  private void readDocument(String file, int number, Node root) {
    if (root instanceof ScalarNode scalar && YamlScalar.of(scalar) == YamlScalar.NULL) {
      return; // what stands between two separators
    }
    if (!(root instanceof MappingNode mapping)) {
      addProblem(file, number, "", 1, 1, "", "the document is not a Kubernetes object");
      return;
    }
    String apiVersion = text(mapping, "apiVersion");
    String kind = text(mapping, "kind");
    if (apiVersion.equals(API_VERSION)) {
      switch (kind) {
        case "Registry" ->
            bind(file, number, mapping, Registry.class, registries::add, Registry::metadata);
        case "RetentionPolicy" ->
            bind(
                file,
                number,
                mapping,
                RetentionPolicy.class,
                policies::add,
                RetentionPolicy::metadata);
        case "RetentionRun", "GarbageCollection" ->
            notes.add(
                file + ": document " + number + " (" + kind + ") is for a cluster; not used here");
        default -> unknownKind(file, number, mapping, kind);
      }
    } else if (apiVersion.equals("v1") && kind.equals("Secret")) {
      bind(file, number, mapping, Secret.class, secrets::add, Secret::metadata);
    } else if (apiVersion.equals("v1") && kind.equals("ConfigMap")) {
      bind(file, number, mapping, ConfigMap.class, configMaps::add, ConfigMap::metadata);
    } else if (apiVersion.isEmpty() || kind.isEmpty()) {
      addProblem(
          file,
          number,
          "",
          line(mapping),
          1,
          apiVersion.isEmpty() ? "apiVersion" : "kind",
          "the field is missing");
    } else if (apiVersion.startsWith("winnow.dev/") || OUR_KINDS.contains(kind)) {
      addProblem(
          file,
          number,
          kind,
          line(mapping),
          1,
          "apiVersion",
          Texts.quoted(apiVersion) + " is not known; write " + API_VERSION);
    } else {
      notes.add(
          file
              + ": document "
              + number
              + " ("
              + apiVersion
              + " "
              + kind
              + ") is not ours; not used");
    }
  }

  private void unknownKind(String file, int number, MappingNode mapping, String kind) {
    String near =
        Texts.nearest(kind, OUR_KINDS)
            .map(k -> "; did you mean " + k + "?")
            .orElse("; known are " + String.join(", ", OUR_KINDS));
    addProblem(
        file,
        number,
        "",
        line(mapping),
        1,
        "kind",
        Texts.quoted(kind) + " is not a kind of " + API_VERSION + near);
  }

  private <R extends Record> void bind(
      String file,
      int number,
      MappingNode root,
      Class<R> type,
      java.util.function.Consumer<Located<R>> into,
      java.util.function.Function<R, Metadata> metadata) {
    Set<String> broken = new HashSet<>();
    List<BiConsumer<String, List<DocumentProblem>>> late = new ArrayList<>();
    RecordBinder binder =
        new RecordBinder((node, path, message) -> {
          broken.add(path);
          late.add(
              (subject, list) -> list.add(problem(file, number, subject, node, path, message)));
        });
    R value = binder.bind(root, type);
    String name = metadata.apply(value).name();
    String subject = type.getSimpleName() + (name.isEmpty() ? "" : " " + name);
    late.forEach(problem -> problem.accept(subject, problems));
    into.accept(
        new Located<>(
            file, number, subject, value, Map.copyOf(binder.places()), Set.copyOf(broken)));
  }

  private static DocumentProblem problem(
      String file, int number, String subject, Node node, String path, String message) {
    int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    int column = node.getStartMark().map(mark -> mark.getColumn() + 1).orElse(0);
    return new DocumentProblem(file, number, subject, line, column, new Problem(path, message));
  }

  private void addProblem(
      String file, int number, String subject, int line, int column, String path, String message) {
    problems.add(
        new DocumentProblem(file, number, subject, line, column, new Problem(path, message)));
  }

  private static DocumentProblem syntaxProblem(String file, int number, YamlEngineException e) {
    @Nullable Mark mark =
        e instanceof MarkedYamlEngineException marked ? marked.getProblemMark().orElse(null) : null;
    String message =
        e instanceof MarkedYamlEngineException marked ? marked.getProblem() : e.getMessage();
    return new DocumentProblem(
        file,
        number,
        "",
        mark == null ? 0 : mark.getLine() + 1,
        mark == null ? 0 : mark.getColumn() + 1,
        new Problem("", "not valid YAML: " + withoutNames(String.valueOf(message))));
  }

  /** What begins with {@code *} or {@code !} may be meant as a password. */
  private static String withoutNames(String message) {
    return message.replaceFirst(
        "(?s)(undefined (?:alias|tag handle)) .*",
        "$1; a text that begins with * or ! stands in quotes");
  }

  private static int line(Node node) {
    return node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
  }

  private static String text(MappingNode mapping, String field) {
    for (NodeTuple tuple : mapping.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode key
          && key.getValue().equals(field)
          && tuple.getValueNode() instanceof ScalarNode value) {
        return value.getValue();
      }
    }
    return "";
  }
}
