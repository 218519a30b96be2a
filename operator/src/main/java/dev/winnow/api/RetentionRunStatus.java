package dev.winnow.api;

import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.crd.generator.annotation.SchemaFrom;
import io.fabric8.generator.annotation.Size;
import io.soabase.recordbuilder.core.RecordBuilder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * How far a {@link RetentionRun} came and what it did.
 *
 * @param observedGeneration the generation that this was found for
 * @param phase the conditions in one word
 * @param conditions Complete or Failed once the run has ended, as of a Job
 * @param policyUid UID of the policy at the start
 * @param policyGeneration generation of the policy at the start
 * @param policy the policy's spec at the start, by which the run decides
 * @param registry host and port of the registry
 * @param startTime when planning began: the instant that all ages are measured against
 * @param finishTime when the run ended
 * @param progress how far a running phase is
 * @param plan what the run would do
 * @param result what the run did
 * @param mostDeleted the ten repositories that lose most
 * @param reports names of the ConfigMaps that hold the plan's deletions and skips
 */
@RecordBuilder
public record RetentionRunStatus(
    @Nullable Long observedGeneration,
    @Nullable Phase phase,
    @Size(max = 16) List<Condition> conditions,
    @Nullable String policyUid,
    @Nullable Long policyGeneration,
    @PreserveUnknownFields @SchemaFrom(type = Opaque.class) RetentionPolicy.@Nullable Spec policy,
    @Nullable String registry,
    @Nullable Instant startTime,
    @Nullable Instant finishTime,
    @Nullable String progress,
    @Nullable Plan plan,
    @Nullable Result result,
    @Size(max = 10) List<RepositoryCount> mostDeleted,
    @Size(max = 64) List<String> reports) {

  /** The phases of a run. */
  public enum Phase {
    Pending,
    Planning,
    AwaitingApproval,
    Applying,
    Succeeded,
    Failed,
    Cancelled;

    /** Whether nothing comes after it. */
    public boolean isEnd() {
      return this == Succeeded || this == Failed || this == Cancelled;
    }
  }

  /**
   * @param time the instant that it was decided for
   * @param digest what approving it names
   * @param tags tags that were looked at
   * @param keep tags that stay
   * @param delete tags that would go
   * @param skip tags that should go and cannot
   * @param repositories repositories that were looked at
   * @param reclaimableBytes estimate of what the deletions free; absent when it is not known
   * @param reclaimable the same for people
   * @param reasons how many tags have each reason
   * @param selectsNothing rules and patterns that match nothing
   * @param unreadable repositories that a rule selects and that could not be read: all of them
   *     stays
   * @param waiting deletions beyond what one plan may hold; the next run plans them
   */
  public record Plan(
      Instant time,
      String digest,
      long tags,
      long keep,
      long delete,
      long skip,
      long repositories,
      @Nullable Long reclaimableBytes,
      @Nullable String reclaimable,
      @Size(max = 64) Map<String, Long> reasons,
      @Size(max = 64) List<String> selectsNothing,
      @Nullable Long unreadable,
      @Nullable Long waiting) {

    @SuppressWarnings("ConstantValue")
    public Plan {
      reasons = reasons == null ? Map.of() : new TreeMap<>(reasons);
      selectsNothing = selectsNothing == null ? List.of() : List.copyOf(selectsNothing);
    }
  }

  /**
   * @param deleted tags that are gone by this run
   * @param skipped tags of the plan that stay: they moved, are kept now, or were gone already
   * @param deferred tags that the next collection deletes
   * @param failed tags whose deletion failed, or may have failed
   */
  public record Result(long deleted, long skipped, long deferred, long failed) {}

  /**
   * @param repository name of the repository
   * @param delete tags that go
   */
  public record RepositoryCount(String repository, long delete) {}

  @SuppressWarnings("ConstantValue")
  public RetentionRunStatus {
    conditions = conditions == null ? List.of() : List.copyOf(conditions);
    mostDeleted = mostDeleted == null ? List.of() : List.copyOf(mostDeleted);
    reports = reports == null ? List.of() : List.copyOf(reports);
  }

  /** The condition that says what a run waits for. */
  public static final String AWAITING = "AwaitingApproval";

  /** The condition of a run that did all that it should. */
  public static final String COMPLETE = "Complete";

  /** The condition of a run that did not. */
  public static final String FAILED = "Failed";

  /** The condition that says why the run has ended, or what it waits for. */
  public Optional<Condition> why() {
    return Stream.of(FAILED, COMPLETE, AWAITING)
        .flatMap(type -> Condition.find(conditions, type).stream())
        .findFirst();
  }

  /** A run of which nothing is known yet. */
  public static final RetentionRunStatus NONE = RetentionRunStatusBuilder.builder().build();

  /** The same in another phase. */
  public RetentionRunStatus in(Phase other, List<Condition> otherConditions) {
    return RetentionRunStatusBuilder.builder(this)
        .phase(other)
        .conditions(otherConditions)
        .progress(null)
        .build();
  }

  /** The same, seen at a generation. */
  public RetentionRunStatus observed(@Nullable Long generation) {
    return RetentionRunStatusBuilder.builder(this).observedGeneration(generation).build();
  }

  /** The same, by a policy on a registry from an instant on. */
  public RetentionRunStatus started(
      @Nullable String uid,
      @Nullable Long generation,
      RetentionPolicy.Spec spec,
      String hostPort,
      Instant at) {
    return RetentionRunStatusBuilder.builder(this)
        .policyUid(uid)
        .policyGeneration(generation)
        .policy(spec)
        .registry(hostPort)
        .startTime(at)
        .build();
  }

  /** The same, further on. */
  public RetentionRunStatus at(@Nullable String otherProgress) {
    return RetentionRunStatusBuilder.builder(this).progress(otherProgress).build();
  }

  /** The same with its plan. */
  public RetentionRunStatus planned(Plan made, List<RepositoryCount> most, List<String> storedIn) {
    return RetentionRunStatusBuilder.builder(this)
        .plan(made)
        .mostDeleted(most)
        .reports(storedIn)
        .build();
  }

  /** The same with what it did. */
  public RetentionRunStatus did(Result done, List<String> alsoStoredIn) {
    List<String> all = new ArrayList<>(reports);
    alsoStoredIn.stream().filter(name -> !reports.contains(name)).forEach(all::add);
    return RetentionRunStatusBuilder.builder(this).result(done).reports(all).build();
  }

  /** The same, at its end. */
  public RetentionRunStatus finished(Instant at) {
    return RetentionRunStatusBuilder.builder(this).finishTime(at).progress(null).build();
  }
}
