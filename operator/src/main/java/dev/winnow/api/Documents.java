package dev.winnow.api;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
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
import org.snakeyaml.engine.v2.nodes.SequenceNode;
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

  private static final Set<String> FIELDS_OF_A_LIST =
      Set.of("apiVersion", "kind", "metadata", "items");

  private final List<Located<Registry>> registries = new ArrayList<>();
  private final List<Located<RetentionPolicy>> policies = new ArrayList<>();
  private final List<Located<Secret>> secrets = new ArrayList<>();
  private final List<Located<ConfigMap>> configMaps = new ArrayList<>();
  private final List<DocumentProblem> problems = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();

  /** Reads all documents of a file. */
  public void read(String file, String text) {
    if (text.length() > MAX_LENGTH) {
      addProblem(
          Origin.of(file, 1), "", "", "the file is larger than " + MAX_LENGTH + " characters");
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
        readDocument(Origin.of(file, number), root);
      }
    } catch (YamlEngineException e) {
      problems.add(syntaxProblem(Origin.of(file, number + 1), e));
      return;
    }
    if (size() == before) {
      addProblem(Origin.of(file, 1), "", "", "the file has no documents");
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

  private void readDocument(Origin origin, Node root) {
    if (root instanceof ScalarNode scalar && YamlScalar.of(scalar) == YamlScalar.NULL) {
      if (!origin.item().isEmpty()) {
        addProblem(origin, root, "", "", "the list item is empty");
      }
      return; // else what stands between two separators
    }
    if (!(root instanceof MappingNode mapping)) {
      addProblem(origin, root, "", "", "the document is not a Kubernetes object");
      return;
    }
    String apiVersion = text(mapping, "apiVersion");
    String kind = text(mapping, "kind");
    if (apiVersion.isEmpty() || kind.isEmpty()) {
      String missing = apiVersion.isEmpty() ? "apiVersion" : "kind";
      addProblem(origin, mapping, "", missing, "the field is missing");
    } else if (apiVersion.equals(API_VERSION)) {
      readOurs(origin, mapping, kind);
    } else if (apiVersion.equals("v1")) {
      readCore(origin, mapping, kind);
    } else if (apiVersion.startsWith("winnow.dev/") || OUR_KINDS.contains(kind)) {
      wrongVersion(origin, mapping, apiVersion, kind);
    } else {
      notOurs(origin, apiVersion, kind);
    }
  }

  private void readOurs(Origin origin, MappingNode mapping, String kind) {
    switch (kind) {
      case "Registry" -> bind(origin, mapping, Registry.class, registries::add, Registry::metadata);
      case "RetentionPolicy" ->
          bind(origin, mapping, RetentionPolicy.class, policies::add, RetentionPolicy::metadata);
      case "RetentionRun", "GarbageCollection" ->
          notes.add(
              origin.file()
                  + ": "
                  + origin.name()
                  + " ("
                  + kind
                  + ") is for a cluster; not used here");
      default -> unknownKind(origin, mapping, kind);
    }
  }

  /** Kinds of Kubernetes itself. */
  private void readCore(Origin origin, MappingNode mapping, String kind) {
    switch (kind) {
      case "Secret" -> bind(origin, mapping, Secret.class, secrets::add, Secret::metadata);
      case "ConfigMap" ->
          bind(origin, mapping, ConfigMap.class, configMaps::add, ConfigMap::metadata);
      case "List" -> readItems(origin, mapping);
      default -> {
        if (OUR_KINDS.contains(kind)) {
          wrongVersion(origin, mapping, "v1", kind);
        } else {
          notOurs(origin, "v1", kind);
        }
      }
    }
  }

  /** What {@code kubectl get -o yaml} writes: documents inside of one. */
  private void readItems(Origin origin, MappingNode list) {
    RecordBinder.Sink problem =
        (node, path, message) -> addProblem(origin, node, "List", path, message);
    Map<String, NodeTuple> fields = new YamlFields(problem).of(list, "");
    fields.forEach((name, tuple) -> {
      if (!FIELDS_OF_A_LIST.contains(name)) {
        problem.add(tuple.getKeyNode(), name, "unknown field of a List");
      }
    });
    NodeTuple items = fields.get("items");
    if (items == null) {
      problem.add(list, "items", "the field is missing");
      return;
    }
    if (!(items.getValueNode() instanceof SequenceNode sequence) || sequence.getValue().isEmpty()) {
      problem.add(items.getValueNode(), "items", "must be a list of at least one document");
      return;
    }
    for (int i = 0; i < sequence.getValue().size(); i++) {
      readDocument(origin.item(i), sequence.getValue().get(i));
    }
  }

  private void notOurs(Origin origin, String apiVersion, String kind) {
    notes.add(
        origin.file()
            + ": "
            + origin.name()
            + " ("
            + apiVersion
            + " "
            + kind
            + ") is not ours; not used");
  }

  private void wrongVersion(Origin origin, MappingNode mapping, String apiVersion, String kind) {
    addProblem(
        origin,
        mapping,
        kind,
        "apiVersion",
        Texts.quoted(apiVersion) + " is not known; write " + API_VERSION);
  }

  private void unknownKind(Origin origin, MappingNode mapping, String kind) {
    String near =
        Texts.nearest(kind, OUR_KINDS)
            .map(k -> "; did you mean " + k + "?")
            .orElse("; known are " + String.join(", ", OUR_KINDS));
    addProblem(
        origin,
        mapping,
        "",
        "kind",
        Texts.quoted(kind) + " is not a kind of " + API_VERSION + near);
  }

  private <R extends Record> void bind(
      Origin origin,
      MappingNode root,
      Class<R> type,
      Consumer<Located<R>> into,
      Function<R, Metadata> metadata) {
    Set<String> broken = new HashSet<>();
    List<Consumer<String>> late = new ArrayList<>();
    RecordBinder binder =
        new RecordBinder((node, path, message) -> {
          broken.add(path);
          late.add(subject -> addProblem(origin, node, subject, path, message));
        });
    R value = binder.bind(root, type);
    broken.addAll(binder.meant());
    String name = metadata.apply(value).name();
    String subject = type.getSimpleName() + (name.isEmpty() ? "" : " " + name);
    late.forEach(problem -> problem.accept(subject));
    into.accept(
        new Located<>(origin, subject, value, Map.copyOf(binder.places()), Set.copyOf(broken)));
  }

  private void addProblem(Origin origin, Node node, String subject, String path, String message) {
    int line = node.getStartMark().map(mark -> mark.getLine() + 1).orElse(0);
    int column = node.getStartMark().map(mark -> mark.getColumn() + 1).orElse(0);
    problems.add(new DocumentProblem(origin, subject, line, column, new Problem(path, message)));
  }

  private void addProblem(Origin origin, String subject, String path, String message) {
    problems.add(new DocumentProblem(origin, subject, 0, 0, new Problem(path, message)));
  }

  private static DocumentProblem syntaxProblem(Origin origin, YamlEngineException e) {
    @Nullable Mark mark =
        e instanceof MarkedYamlEngineException marked ? marked.getProblemMark().orElse(null) : null;
    String message =
        e instanceof MarkedYamlEngineException marked ? marked.getProblem() : e.getMessage();
    return new DocumentProblem(
        origin,
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
