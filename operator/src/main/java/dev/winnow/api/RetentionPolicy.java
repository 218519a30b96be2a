package dev.winnow.api;

import com.fasterxml.jackson.annotation.JsonProperty;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Max;
import io.fabric8.generator.annotation.Min;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import io.fabric8.generator.annotation.ValidationRule;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Which tags of a registry go, and when.
 *
 * <p>The records hold what the user wrote: patterns and durations are texts here, so that a mistake
 * in one can be reported with its path beside all others. {@code retention} compiles them.
 *
 * @param metadata name and namespace
 * @param spec what the user wants
 */
public record RetentionPolicy(
    String apiVersion,
    String kind,
    @JsonProperty(required = true) Metadata metadata,
    @JsonProperty(required = true) Spec spec,
    @Nullable Opaque status) {

  /** How far a run goes on its own. */
  public enum Mode {
    Preview,
    Approve,
    Enforce
  }

  /** Whether images in use must be known before anything is deleted. */
  public enum InUse {
    Required,
    Ignore
  }

  /** Whether a deletion must be revocable. */
  public enum Undo {
    BestEffort,
    Required
  }

  /** The time that an age is measured from. */
  public enum AgeBy {
    Pushed,
    Created
  }

  /** What makes one tag newer than another. */
  public enum OrderBy {
    Pushed,
    Created,
    SemVer,
    Name
  }

  /** The default of {@link Limits#maxDeletedTags()}. */
  public static final int MAX_DELETED_TAGS = 500;

  /** The default of {@link Limits#maxDeletedPercent()}. */
  public static final int MAX_DELETED_PERCENT = 50;

  /** The default of {@link Limits#keepAtLeast()}. */
  public static final int KEEP_AT_LEAST = 1;

  private static final int HISTORY = 3;

  /**
   * @param registryRef the registry, in the same namespace
   * @param schedule five-field cron; absent: on request only
   * @param timeZone IANA zone of the schedule; absent: UTC
   * @param suspend no scheduled runs
   * @param mode how far a run goes on its own
   * @param startingDeadline duration: how late a missed run may still start
   * @param rules which tags go
   * @param protect what stays, whatever the rules say
   * @param limits how much one run may delete
   * @param undo whether a deletion must be revocable
   * @param history how many ended runs are kept
   */
  public record Spec(
      @JsonProperty(required = true) @Required Registry.NameRef registryRef,
      @Nullable @Size(min = 1, max = 256) String schedule,
      @Nullable @Size(min = 1, max = 64) String timeZone,
      @Default("false") Boolean suspend,
      @Default("Preview") Mode mode,
      @Nullable @Size(min = 2, max = 64) @Pattern(Durations.PATTERN) String startingDeadline,
      @JsonProperty(required = true) @Required @Size(min = 1, max = 64) List<Rule> rules,
      @Default("{}") Protect protect,
      @Default("{}") Limits limits,
      @Default("BestEffort") Undo undo,
      @Default("{}") History history) {

    @SuppressWarnings("ConstantValue")
    public Spec {
      suspend = suspend != null && suspend;
      mode = Objects.requireNonNullElse(mode, Mode.Preview);
      rules = List.copyOf(rules);
      protect = protect == null ? new Protect(null, InUse.Required) : protect;
      limits = limits == null ? new Limits(null, null, null) : limits;
      undo = Objects.requireNonNullElse(undo, Undo.BestEffort);
      history = history == null ? new History(null, null) : history;
    }
  }

  /**
   * @param name name of the rule, unique in its policy
   * @param repositories patterns of repositories
   * @param tags patterns of tags; absent: all
   * @param keep what keeps a selected tag: any entry that holds
   */
  public record Rule(
      @JsonProperty(required = true) @Required @Size(min = 1, max = 63) String name,
      @JsonProperty(required = true) @Required @Size(min = 1, max = 64)
          List<@Size(min = 1, max = 512) String> repositories,
      @Nullable @Size(min = 1, max = 64) List<@Size(min = 1, max = 512) String> tags,
      @JsonProperty(required = true) @Required @Size(min = 1, max = 16) List<KeepEntry> keep) {

    public Rule {
      repositories = List.copyOf(repositories);
      tags = tags == null ? null : List.copyOf(tags);
      keep = List.copyOf(keep);
    }
  }

  /**
   * Holds when all fields that are set hold.
   *
   * @param tags patterns of tags
   * @param semver npm-style range of versions
   * @param labels values that config labels or manifest annotations have
   * @param youngerThan duration: age below it
   * @param ageBy the time that {@code youngerThan} measures from
   * @param newest how many stay
   * @param orderBy what newest means
   * @param groupBy regular expression with named groups; {@code newest} counts in each group
   * @param usedWithin duration: last seen in use in a cluster
   */
  @ValidationRule(
      value =
          "has(self.tags) || has(self.semver) || has(self.labels) || has(self.youngerThan)"
              + " || has(self.newest) || has(self.usedWithin)",
      message =
          "an entry needs at least one of tags, semver, labels, youngerThan, newest, usedWithin")
  @ValidationRule(
      value = "!has(self.newest) || has(self.orderBy)",
      message = "newest needs orderBy: Pushed, Created, SemVer or Name")
  @ValidationRule(
      value = "has(self.newest) || !has(self.orderBy)",
      message = "orderBy goes with newest, which is missing",
      fieldPath = ".orderBy")
  @ValidationRule(
      value = "has(self.newest) || !has(self.groupBy)",
      message = "groupBy goes with newest, which is missing",
      fieldPath = ".groupBy")
  @ValidationRule(
      value = "!has(self.youngerThan) || has(self.ageBy)",
      message = "youngerThan needs ageBy: Pushed or Created")
  @ValidationRule(
      value = "has(self.youngerThan) || !has(self.ageBy)",
      message = "ageBy goes with youngerThan, which is missing",
      fieldPath = ".ageBy")
  public record KeepEntry(
      @Nullable @Size(min = 1, max = 64) List<@Size(min = 1, max = 512) String> tags,
      @Nullable @Size(min = 1, max = 512) String semver,
      @Nullable @Size(min = 1, max = 64) Map<String, @Size(max = 4096) String> labels,
      @Nullable @Size(min = 2, max = 64) @Pattern(Durations.PATTERN) String youngerThan,
      @Nullable AgeBy ageBy,
      @Nullable @Min(1) @Max(1_000_000) Integer newest,
      @Nullable OrderBy orderBy,
      @Nullable @Size(min = 1, max = 512) String groupBy,
      @Nullable @Size(min = 2, max = 64) @Pattern(Durations.PATTERN) String usedWithin) {

    public KeepEntry {
      tags = tags == null ? null : List.copyOf(tags);
      labels = labels == null ? null : Map.copyOf(labels);
    }
  }

  /**
   * @param tags patterns of tags that stay in every repository
   * @param inUse whether images in use must be known
   */
  public record Protect(
      @Nullable @Size(min = 1, max = 64) List<@Size(min = 1, max = 512) String> tags,
      @Default("Required") InUse inUse) {
    @SuppressWarnings("ConstantValue")
    public Protect {
      tags = tags == null ? null : List.copyOf(tags);
      inUse = Objects.requireNonNullElse(inUse, InUse.Required);
    }
  }

  /**
   * @param maxDeletedTags deletions in one run without approval
   * @param maxDeletedPercent percent of the tags in selected repositories, likewise
   * @param keepAtLeast digests that each repository keeps in any case
   */
  public record Limits(
      @Default("500") @Min(0) @Max(Integer.MAX_VALUE) Integer maxDeletedTags,
      @Default("50") @Min(0) @Max(100) Integer maxDeletedPercent,
      @Default("1") @Min(0) @Max(Integer.MAX_VALUE) Integer keepAtLeast) {
    public Limits(
        @Nullable Integer maxDeletedTags,
        @Nullable Integer maxDeletedPercent,
        @Nullable Integer keepAtLeast) {
      this.maxDeletedTags = maxDeletedTags == null ? MAX_DELETED_TAGS : maxDeletedTags;
      this.maxDeletedPercent = maxDeletedPercent == null ? MAX_DELETED_PERCENT : maxDeletedPercent;
      this.keepAtLeast = keepAtLeast == null ? KEEP_AT_LEAST : keepAtLeast;
    }
  }

  /**
   * @param succeeded succeeded runs that are kept
   * @param failed failed and cancelled runs that are kept
   */
  public record History(
      @Default("3") @Min(0) @Max(1000) Integer succeeded,
      @Default("3") @Min(0) @Max(1000) Integer failed) {
    public History(@Nullable Integer succeeded, @Nullable Integer failed) {
      this.succeeded = succeeded == null ? HISTORY : succeeded;
      this.failed = failed == null ? HISTORY : failed;
    }
  }
}
