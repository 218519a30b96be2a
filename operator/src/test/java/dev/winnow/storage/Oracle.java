package dev.winnow.storage;

import com.fasterxml.jackson.annotation.JsonFormat;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.Tools;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.NullMarked;
import org.jspecify.annotations.Nullable;

/**
 * An independent judge of stores: the Python scripts of {@code src/test/oracle}, which say
 * themselves by which rules. It shares no code with what it judges, so keep it so.
 */
@NullMarked
public final class Oracle {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** Those that answer nothing just now; they end with this process. */
  private static final Queue<Process> IDLE = new ConcurrentLinkedQueue<>();

  private Oracle() {}

  /**
   * A pull that works.
   *
   * @param reference a tag, or the digest of a revision
   * @param registry by which registry: 2.8 or 3.1
   * @param full all of it, or just the manifest (what works in full is in a set as both)
   */
  record Pull(String repository, String reference, String registry, boolean full) {}

  /**
   * What a collector is told.
   *
   * @param untagged how long what nothing names stays; null is for ever
   * @param inUse digests
   */
  record Policy(Instant now, @Nullable Duration untagged, Duration grace, Set<String> inUse) {
    /** The usual: a week, a day, nothing in use. */
    static Policy usual(Instant now) {
      return new Policy(now, Duration.ofDays(7), Duration.ofDays(1), Set.of());
    }
  }

  /** A digest or tag of a repository. */
  @JsonFormat(shape = JsonFormat.Shape.ARRAY)
  record Item(String repository, String name) {}

  /** Files of a store: data, revision links, layer links, current links of tags. */
  record Items(Set<String> blobs, Set<Item> revisions, Set<Item> layers, Set<Item> tags) {
    Items {
      blobs = copy(blobs);
      revisions = copy(revisions);
      layers = copy(layers);
      tags = copy(tags);
    }

    private List<Path> paths(Path root) {
      StoreWriter store = new StoreWriter(root);
      return Stream.of(
              blobs.stream().map(store::blob),
              revisions.stream().map(item -> store.revision(item.repository(), item.name())),
              layers.stream().map(item -> store.layer(item.repository(), item.name())),
              tags.stream().map(i -> store.tag(i.repository(), i.name()).resolve("current/link")))
          .flatMap(paths -> paths)
          .toList();
    }

    private static <T> Set<T> copy(@Nullable Set<T> items) {
      return items == null ? Set.of() : Set.copyOf(items);
    }
  }

  /**
   * What passes must make of a store. What is in none of these may stay or go.
   *
   * @param live what must stay
   * @param waiting what is referenced by nothing, but must stay until it is older
   * @param gone what must have gone from its place in the end
   * @param untouched paths below {@code docker/registry/v2} that must stay
   * @param tainted repositories of which all must stay
   */
  record Expected(
      Items live, Items waiting, Items gone, Set<String> untouched, Set<String> tainted) {
    /** The files that are missing and must not be. */
    List<Path> lost(Path root) {
      List<Path> paths = new ArrayList<>(live.paths(root));
      paths.addAll(waiting.paths(root));
      untouched.forEach(path -> paths.add(root.resolve("docker/registry/v2").resolve(path)));
      return paths.stream().filter(path -> !exists(path)).toList();
    }

    /**
     * Pulls that worked and do not work any more, but for those by the digest of a manifest that
     * may go.
     */
    Set<Pull> lost(Set<Pull> before, Path root) {
      Set<Pull> lost = new HashSet<>(before);
      lost.removeAll(pullable(root));
      lost.removeIf(pull ->
          pull.reference().contains(":")
              && !live.revisions().contains(new Item(pull.repository(), pull.reference())));
      return lost;
    }

    /** The files that are there and must have gone. */
    List<Path> left(Path root) {
      return gone.paths(root).stream().filter(Oracle::exists).toList();
    }
  }

  /** Every pull of a tag or revision that works. */
  static Set<Pull> pullable(Path root) {
    Set<Pull> pulls = new HashSet<>();
    for (JsonNode entry : ask("pullable", question -> question.put("root", root.toString()))) {
      String repository = entry.get("repository").textValue();
      String reference = entry.get("reference").textValue();
      for (JsonNode registry : entry.get("served")) {
        pulls.add(new Pull(repository, reference, registry.textValue(), false));
      }
      for (JsonNode registry : entry.get("full")) {
        pulls.add(new Pull(repository, reference, registry.textValue(), true));
      }
    }
    return pulls;
  }

  /** What must stay of the store as it is now, and what must go. */
  static Expected expected(Path root, Policy policy) {
    Duration untagged = policy.untagged();
    JsonNode answer =
        ask(
            "expected",
            question -> {
              question.put("root", root.toString());
              question.put("now", seconds(policy.now()));
              question.put("grace", seconds(policy.grace()));
              question.put("untagged", untagged == null ? null : seconds(untagged));
              policy.inUse().forEach(question.putArray("in_use")::add);
            });
    try {
      return JSON.treeToValue(answer, Expected.class);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("not what the oracle is to say", e);
    }
  }

  /**
   * Writes a random store into a new folder, as a registry's root directory, and gives the names of
   * the oddities in it; {@code <folder>.json} tells more.
   */
  public static Set<String> randomStore(long seed, Path folder, Instant now) {
    ask(
        "random_store",
        question -> {
          question.put("seed", seed);
          question.put("folder", folder.toString());
          question.put("now", seconds(now));
        });
    Set<String> oddities = new HashSet<>();
    try {
      Path notes = folder.resolveSibling(folder.getFileName() + ".json");
      for (JsonNode note : JSON.readTree(Files.readString(notes))) {
        if (note.has("name")) {
          oddities.add(note.get("name").textValue());
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return oddities;
  }

  /** Writes a random store in which one thing is odd. */
  static void oddStore(String oddity, long seed, Path folder, Instant now) {
    ask(
        "odd_store",
        question -> {
          question.put("name", oddity);
          question.put("seed", seed);
          question.put("folder", folder.toString());
          question.put("now", seconds(now));
        });
  }

  /**
   * Asks a process that answers many questions, one after the other: as many as there are askers.
   */
  private static JsonNode ask(String what, Consumer<ObjectNode> arguments) {
    ObjectNode question = JSON.createObjectNode().put("ask", what);
    arguments.accept(question);
    try {
      Process idle = IDLE.poll();
      Process server =
          idle == null || !idle.isAlive()
              ? script("serve.py").redirectError(ProcessBuilder.Redirect.INHERIT).start()
              : idle;
      server.outputWriter().append(question.toString()).append('\n').flush();
      JsonNode answer = JSON.readTree(server.inputReader().readLine());
      IDLE.add(server);
      if (answer.has("error")) {
        throw new IllegalStateException(what + " failed:\n" + answer.get("error").textValue());
      }
      return answer;
    } catch (IOException e) {
      throw new IllegalStateException("the oracle needs python3 on the PATH", e);
    }
  }

  private static ProcessBuilder script(String script, String... arguments) {
    Path folder = Tools.checkout().resolve("operator/src/test/oracle");
    List<String> command = new ArrayList<>(List.of("python3", "-B", script));
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).directory(folder.toFile());
  }

  /** Runs a script to its end, whatever that is. */
  static Tools.Result call(String script, String... arguments) {
    try {
      return Tools.finish(script(script, arguments));
    } catch (UncheckedIOException e) {
      throw new IllegalStateException("the oracle needs python3 on the PATH", e);
    }
  }

  private static double seconds(Instant instant) {
    return seconds(Duration.between(Instant.EPOCH, instant));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }

  private static boolean exists(Path path) {
    return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
  }
}
