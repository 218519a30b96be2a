package dev.winnow.retention;

import dev.winnow.oci.Digest;
import dev.winnow.retention.ImageFacts.Labels;
import dev.winnow.retention.RepositoryFacts.Deletion;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/**
 * The facts of a golden case, read strictly:
 *
 * <pre>
 * now: 2026-01-01T00:00:00Z
 * deletion: ByTag              # or ByDigest
 * repository: team-a/app
 * mostDeletions: 10            # optional: the bound of the plan
 * reads: {v1: MANIFEST}        # optional: exactly what must have been asked for
 * tags:
 *   v1:
 *     digest: one              # any word; what belongs to a digest stands at its first tag
 *     pushed: 2025-12-01T00:00:00Z
 *     created: 2025-11-01T00:00:00Z     # or a list; absent: unknown
 *     labels: {a: b}           # of an index a list: one map an image
 *     annotations: {c: d}
 *     index: [two, three]      # everything below, all the way down
 *     subject: four            # or sha256-<word> in a tag: replaced by the digest of the word
 *     bytes: 100
 * </pre>
 *
 * A tag may be written {@code sha256-<word>} or {@code sha256-<word>.sig}: the word is hashed too.
 *
 * @param now the instant of the run
 * @param facts all facts
 * @param mostDeletions the bound of the plan
 * @param reads how much must have been read of each tag; null: as much as it takes
 */
record GoldenFacts(
    Instant now, RepositoryFacts facts, int mostDeletions, @Nullable Map<String, Detail> reads) {

  static GoldenFacts parse(String text) {
    Object loaded = new Load(LoadSettings.builder().build()).loadFromString(text);
    Fields root = new Fields("facts", loaded);
    Map<String, ImageFacts> images = new HashMap<>();
    List<TagFacts> tags = new ArrayList<>();
    root.map("tags").forEach((name, value) -> tags.add(tag(name, value, images)));
    Deletion deletion =
        switch (root.text("deletion")) {
          case "ByTag" -> Deletion.BY_TAG;
          case "ByDigest" -> Deletion.BY_DIGEST;
          default -> throw new IllegalArgumentException("deletion is ByTag or ByDigest");
        };
    Map<String, Detail> reads = null;
    if (root.has("reads")) {
      Map<String, Detail> read = new LinkedHashMap<>();
      root.map("reads")
          .forEach((name, detail) -> read.put(tagName(name), Detail.valueOf(detail.toString())));
      reads = read;
    }
    GoldenFacts facts =
        new GoldenFacts(
            Instant.parse(root.text("now")),
            new RepositoryFacts(root.text("repository"), tags, deletion),
            root.has("mostDeletions")
                ? Integer.parseInt(root.text("mostDeletions"))
                : Integer.MAX_VALUE,
            reads);
    root.end();
    return facts;
  }

  /** The digest that a word stands for. */
  static Digest digest(String word) {
    return Digest.sha256(word.getBytes(StandardCharsets.UTF_8));
  }

  /** The tag's name, with the word of a referrer's tag replaced. */
  static String tagName(String written) {
    if (!written.startsWith("sha256-")) {
      return written;
    }
    String word = written.substring("sha256-".length());
    int dot = word.indexOf('.');
    return dot < 0
        ? "sha256-" + digest(word).hex()
        : "sha256-" + digest(word.substring(0, dot)).hex() + word.substring(dot);
  }

  private static TagFacts tag(String name, Object value, Map<String, ImageFacts> images) {
    Fields fields = new Fields(name, value);
    String word = fields.text("digest");
    Instant pushed = fields.has("pushed") ? Instant.parse(fields.text("pushed")) : null;
    if (!images.containsKey(word)) {
      images.put(word, image(word, fields));
    }
    fields.end();
    return new TagFacts(tagName(name), images.get(word), pushed);
  }

  private static ImageFacts image(String word, Fields fields) {
    boolean index = fields.has("index");
    Set<Digest> members = new HashSet<>();
    fields.list("index").forEach(member -> members.add(digest(member.toString())));
    List<Instant> created =
        fields.list("created").stream().map(time -> Instant.parse(time.toString())).toList();
    Map<String, String> annotations = fields.strings("annotations");
    List<Labels> labels = new ArrayList<>();
    for (Object each : fields.list("labels")) {
      labels.add(new Labels(List.of(annotations, Fields.strings(each))));
    }
    if (labels.isEmpty()) {
      labels.add(new Labels(List.of(annotations)));
    }
    return new ImageFacts(
        Detail.CONTENT,
        digest(word),
        index,
        fields.has("subject") ? digest(fields.text("subject")) : null,
        members,
        created,
        labels,
        fields.has("bytes") ? Long.valueOf(fields.text("bytes")) : null);
  }

  /** The fields of a map; each is read, or {@link #end} says that nobody knows it. */
  private static final class Fields {
    private final String name;
    private final Map<String, Object> rest;

    Fields(String name, Object value) {
      this.name = name;
      this.rest = objects(value);
    }

    boolean has(String field) {
      return rest.containsKey(field);
    }

    Object take(String field) {
      Object value = rest.remove(field);
      if (value == null) {
        throw new IllegalArgumentException(name + " has no " + field);
      }
      return value;
    }

    String text(String field) {
      return take(field).toString();
    }

    Map<String, Object> map(String field) {
      return objects(take(field));
    }

    /** A list, one value as a list of one, or nothing. */
    List<Object> list(String field) {
      if (!has(field)) {
        return List.of();
      }
      Object value = take(field);
      return value instanceof List<?> list ? List.copyOf(list) : List.of(value);
    }

    Map<String, String> strings(String field) {
      return has(field) ? strings(take(field)) : Map.of();
    }

    static Map<String, String> strings(Object value) {
      Map<String, String> strings = new LinkedHashMap<>();
      objects(value).forEach((name, each) -> strings.put(name, each.toString()));
      return strings;
    }

    private static Map<String, Object> objects(Object value) {
      Map<String, Object> objects = new LinkedHashMap<>();
      ((Map<?, ?>) value).forEach((name, each) -> objects.put(name.toString(), each));
      return objects;
    }

    void end() {
      if (!rest.isEmpty()) {
        throw new IllegalArgumentException(name + " has unknown or repeated " + rest.keySet());
      }
    }
  }
}
