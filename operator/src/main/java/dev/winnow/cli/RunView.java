package dev.winnow.cli;

import com.fasterxml.jackson.annotation.JsonIgnore;
import dev.winnow.api.Condition;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionRun;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.RetentionRunResource;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A run as commands show it; its JSON is stable, {@code winnow.dev/run/v1}.
 *
 * @param mode how far it goes; null until it has begun, where it does not say so itself
 * @param approvedPlan digest of the plan that somebody approved
 * @param registry host and port
 * @param reason why it ended, or what it waits for, in a word
 * @param message the same for people
 * @param status all that the run says of itself
 */
record RunView(
    String namespace,
    String name,
    @Nullable String policy,
    Phase phase,
    RetentionPolicy.@Nullable Mode mode,
    @Nullable String registry,
    @Nullable String approvedPlan,
    Instant created,
    @Nullable Instant started,
    @Nullable Instant finished,
    @Nullable String progress,
    @Nullable String reason,
    @Nullable String message,
    RetentionRunStatus.@Nullable Plan plan,
    RetentionRunStatus.@Nullable Result result,
    List<RetentionRunStatus.RepositoryCount> mostDeleted,
    List<Condition> conditions,
    @JsonIgnore RetentionRunStatus status) {

  /** Newest first. */
  static final Comparator<RunView> NEWEST =
      Comparator.comparing(RunView::created)
          .reversed()
          .thenComparing(RunView::namespace)
          .thenComparing(RunView::name);

  static RunView of(RetentionRunResource run) {
    RetentionRunStatus status =
        Objects.requireNonNullElse(run.getStatus(), RetentionRunStatus.NONE);
    RetentionRun.Spec spec = Cluster.spec(run).orElse(null);
    Condition why = status.why().orElse(null);
    return new RunView(
        run.getMetadata().getNamespace(),
        run.getMetadata().getName(),
        spec == null ? null : spec.policyRef().name(),
        Objects.requireNonNullElse(status.phase(), Phase.Pending),
        mode(spec, status),
        status.registry(),
        spec == null ? null : spec.approvedPlan(),
        Instant.parse(run.getMetadata().getCreationTimestamp()),
        status.startTime(),
        status.finishTime(),
        status.progress(),
        why == null ? null : why.reason(),
        why == null ? null : why.message(),
        status.plan(),
        status.result(),
        status.mostDeleted(),
        status.conditions(),
        status);
  }

  private static RetentionPolicy.@Nullable Mode mode(
      RetentionRun.@Nullable Spec spec, RetentionRunStatus status) {
    if (spec != null && spec.mode() != null) {
      return spec.mode();
    }
    return status.policy() == null ? null : status.policy().mode();
  }

  /** What a person should read of it. */
  String news() {
    if (message != null) {
      return reason + ": " + message;
    }
    return progress == null ? "" : progress;
  }

  /** What commands call it: with its namespace, as kubectl has it. */
  String options() {
    return name + " -n " + namespace;
  }
}
