package dev.winnow.api;

import io.fabric8.crd.generator.annotation.PreserveUnknownFields;
import io.fabric8.generator.annotation.Default;
import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Size;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * When and how the storage of a registry is collected.
 *
 * @param schedule five-field cron; absent: on request only
 * @param timeZone IANA zone of the schedule; absent: UTC
 * @param suspend no scheduled collections
 * @param mode whether the registry takes pushes meanwhile
 * @param untagged manifests that nothing names
 * @param gracePeriod nothing younger is a candidate; at least 1h
 * @param holdPeriod how long removed data can be brought back; at least 1h
 * @param restart whether the pods may be restarted to end stale caches
 * @param maxReadOnly when a read-only window ends, done or not
 * @param job how the collector's pod is run
 */
public record GarbageCollectionSettings(
    @Nullable @Size(min = 1, max = 256) String schedule,
    @Nullable @Size(min = 1, max = 64) String timeZone,
    @Default("false") Boolean suspend,
    @Default("Online") Mode mode,
    @Default("{}") Untagged untagged,
    @Default("24h") @Size(min = 2, max = 64) @Pattern(Durations.PATTERN) String gracePeriod,
    @Default("48h") @Size(min = 2, max = 64) @Pattern(Durations.PATTERN) String holdPeriod,
    @Default("Never") Restart restart,
    @Default("30m") @Size(min = 2, max = 64) @Pattern(Durations.PATTERN) String maxReadOnly,
    @Nullable Job job) {

  /** What holds where a Registry says nothing. */
  public static final GarbageCollectionSettings DEFAULT =
      new GarbageCollectionSettings(null, null, null, null, null, null, null, null, null, null);

  /** Whether the registry takes pushes while it is collected. */
  public enum Mode {
    Online,
    ReadOnly
  }

  /** Whether the registry's pods may be restarted. */
  public enum Restart {
    Never,
    Allowed
  }

  /**
   * @param olderThan age from which they go, or Never
   */
  public record Untagged(
      @Default("7d")
          @Size(min = 2, max = 64)
          @Pattern("^(Never|(\\d+w)?(\\d+d)?(\\d+h)?(\\d+m)?(\\d+s)?)$")
          String olderThan) {
    @SuppressWarnings("ConstantValue")
    public Untagged {
      olderThan = olderThan == null ? "7d" : olderThan;
    }
  }

  /**
   * @param resources requests and limits of the container
   * @param nodeSelector labels of the nodes that it may run on
   * @param tolerations taints that it tolerates
   * @param securityContext security context of the pod
   */
  public record Job(
      @Nullable @PreserveUnknownFields Opaque resources,
      @Nullable @PreserveUnknownFields Opaque nodeSelector,
      @Nullable @Size(max = 64) List<Opaque> tolerations,
      @Nullable @PreserveUnknownFields Opaque securityContext) {
    public Job {
      tolerations = tolerations == null ? null : List.copyOf(tolerations);
    }
  }

  public GarbageCollectionSettings(
      @Nullable String schedule,
      @Nullable String timeZone,
      @Nullable Boolean suspend,
      @Nullable Mode mode,
      @Nullable Untagged untagged,
      @Nullable String gracePeriod,
      @Nullable String holdPeriod,
      @Nullable Restart restart,
      @Nullable String maxReadOnly,
      @Nullable Job job) {
    this.schedule = schedule;
    this.timeZone = timeZone;
    this.suspend = suspend != null && suspend;
    this.mode = Objects.requireNonNullElse(mode, Mode.Online);
    this.untagged = untagged == null ? new Untagged("7d") : untagged;
    this.gracePeriod = Objects.requireNonNullElse(gracePeriod, "24h");
    this.holdPeriod = Objects.requireNonNullElse(holdPeriod, "48h");
    this.restart = Objects.requireNonNullElse(restart, Restart.Never);
    this.maxReadOnly = Objects.requireNonNullElse(maxReadOnly, "30m");
    this.job = job;
  }
}
