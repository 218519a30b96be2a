package dev.winnow.retention;

import dev.winnow.api.PatternList;
import dev.winnow.api.Problem;
import dev.winnow.api.RetentionPolicy.AgeBy;
import dev.winnow.api.RetentionPolicy.OrderBy;
import dev.winnow.oci.Digest;
import dev.winnow.retention.CompiledPolicy.Entry;
import dev.winnow.retention.CompiledPolicy.Limits;
import dev.winnow.retention.CompiledPolicy.Newest;
import dev.winnow.retention.CompiledPolicy.Rule;
import dev.winnow.retention.CompiledPolicy.Younger;
import dev.winnow.retention.ImageFacts.Labels;
import dev.winnow.retention.RepositoryFacts.Deletion;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Repositories and policies made from a seed, small and crowded so that everything collides: few
 * digests with several tags each, few times, versions with equal precedence, referrers of each
 * other, indexes in indexes.
 */
final class RandomCase {
  static final Instant NOW = Instant.parse("2026-01-31T00:00:00Z");

  private static final List<Instant> TIMES =
      List.of(
          Instant.EPOCH,
          Instant.parse("1980-01-01T00:00:00Z"),
          NOW.minus(Duration.ofDays(20)),
          NOW.minus(Duration.ofDays(20)),
          NOW.minus(Duration.ofDays(10)),
          NOW.minus(Duration.ofDays(5)),
          NOW,
          NOW.plusSeconds(1));
  private static final List<String> NAMES =
      List.of(
          "a-1",
          "a-2",
          "a-3",
          "b-1",
          "b-2",
          "latest",
          "main",
          "1.0.0",
          "v1.0.0",
          "v1.0.0-rc.1",
          "v1.0.0-rc.2",
          "1.0.0-rc.10",
          "v1.1.0",
          "1.10.0",
          "v2.0.0",
          "2.0.0-0",
          "01.0.0");
  private static final List<List<String>> PATTERNS =
      List.of(
          List.of("a-*"),
          List.of("b-*", "main"),
          List.of("v*"),
          List.of("!v*"),
          List.of("*"),
          List.of("/.*0/"),
          List.of("*", "!a-1"),
          List.of("nothing"),
          List.of("sha256-*", "a-*"));
  private static final List<String> RANGES = List.of(">=1.0.0", "1.x", "*", "<1.0.0", "^2");
  private static final List<String> GROUPS =
      List.of(
          "/(?P<g>.+)-\\d/", "/v?(?P<major>\\d+)\\..*/", "/(?P<g>.).*/", "/(?P<a>v?)(?P<b>.*)/");
  private static final List<Map<String, String>> LABELS =
      List.of(Map.of(), Map.of("keep", "1"), Map.of("keep", "2"), Map.of("keep", "1", "b", "1"));

  private final Random random;

  RandomCase(long seed) {
    // A Random's first number hardly differs between neighbouring seeds.
    random = new Random(seed * 0x9E3779B97F4A7C15L);
    random.nextInt();
  }

  RepositoryFacts facts() {
    List<ImageFacts> images = images(2 + random.nextInt(6));
    Map<String, TagFacts> tags = new TreeMap<>();
    int size = random.nextInt(14);
    for (int i = 0; i < size; i++) {
      ImageFacts image = pick(images);
      String name = chance(25) ? referrerTag(pick(images).digest()) : pick(NAMES);
      tags.put(name, new TagFacts(name, image, chance(15) ? null : pick(TIMES)));
    }
    return new RepositoryFacts(
        "team-a/app",
        List.copyOf(tags.values()),
        chance(50) ? Deletion.BY_TAG : Deletion.BY_DIGEST);
  }

  private static String hex(Digest digest) {
    return "sha256-" + digest.hex();
  }

  private String referrerTag(Digest subject) {
    return hex(subject) + pick(List.of("", ".sig", ".att", ".sbom"));
  }

  /** Each may contain, or be about, those before it: nothing can contain its own digest. */
  private List<ImageFacts> images(int count) {
    List<ImageFacts> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      Digest digest = GoldenFacts.digest("image " + i);
      boolean index = chance(30);
      Set<Digest> members = new HashSet<>();
      for (int j = 0; index && j < 1 + random.nextInt(3); j++) {
        if (images.isEmpty() || chance(20)) {
          members.add(GoldenFacts.digest("never pushed"));
        } else {
          ImageFacts member = pick(images);
          members.add(member.digest());
          members.addAll(member.members());
        }
      }
      List<Instant> created = new ArrayList<>();
      for (int j = random.nextInt(3); j > 0; j--) {
        created.add(pick(TIMES));
      }
      images.add(
          new ImageFacts(
              Detail.CONTENT,
              digest,
              index,
              images.isEmpty() || !chance(20) ? null : pick(images).digest(),
              members,
              created,
              List.of(new Labels(List.of(pick(LABELS), pick(LABELS)))),
              100L));
    }
    return images;
  }

  CompiledPolicy policy(String name, int keepAtLeast) {
    List<Rule> rules = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(3); i++) {
      rules.add(rule("r" + i));
    }
    return new CompiledPolicy(
        name, rules, chance(70) ? null : patterns(), new Limits(500, 50, keepAtLeast));
  }

  List<CompiledPolicy> others() {
    List<CompiledPolicy> others = new ArrayList<>();
    for (int i = random.nextInt(5) - 2; i > 0; i--) {
      others.add(policy("other-" + i, 1));
    }
    return others;
  }

  Rule rule(String name) {
    List<Entry> keep = new ArrayList<>();
    for (int i = 0; i <= random.nextInt(2); i++) {
      keep.add(entry());
    }
    PatternList repositories =
        chance(90) ? PatternList.everything() : compile(List.of("elsewhere/**"));
    return new Rule(name, repositories, patterns(), keep);
  }

  /** A list of patterns, and by chance everything. */
  PatternList patterns() {
    return chance(30) ? PatternList.everything() : compile(pick(PATTERNS));
  }

  Entry entry() {
    @Nullable PatternList tags = chance(25) ? compile(pick(PATTERNS)) : null;
    @Nullable VersionRange semver = chance(15) ? Parts.range(pick(RANGES)) : null;
    @Nullable Map<String, String> labels = chance(15) ? Map.of("keep", "1") : null;
    @Nullable Younger younger = chance(35) ? younger() : null;
    boolean any = tags != null || semver != null || labels != null || younger != null;
    @Nullable Newest newest = !any || chance(30) ? newest() : null;
    return new Entry(tags, semver, labels, younger, newest, null);
  }

  private Younger younger() {
    return new Younger(Duration.ofDays(1 + random.nextInt(22)), pick(List.of(AgeBy.values())));
  }

  private Newest newest() {
    return new Newest(
        1 + random.nextInt(3),
        pick(List.of(OrderBy.values())),
        chance(50) ? Parts.groupBy(pick(GROUPS)) : null);
  }

  int number(int below) {
    return random.nextInt(below);
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }

  <T> List<T> shuffled(List<T> list) {
    List<T> shuffled = new ArrayList<>(list);
    java.util.Collections.shuffle(shuffled, random);
    return shuffled;
  }

  static PatternList compile(List<String> patterns) {
    List<Problem> problems = new ArrayList<>();
    PatternList compiled = PatternList.compile(patterns, "patterns", problems::add);
    if (!problems.isEmpty()) {
      throw new AssertionError(problems.toString());
    }
    return compiled;
  }
}
