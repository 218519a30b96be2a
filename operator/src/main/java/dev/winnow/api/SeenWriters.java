package dev.winnow.api;

import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The containers that were seen to write to a registry's volume and not seen to end, and since when
 * they are configured as they are. It outlives the operator: what is in here may still write.
 *
 * @param claim UID of the claim that all this is about
 * @param configurations configurations that are in use
 * @param containers those that may write
 * @param podsVersion version of the pods of the namespace from which on something may have been
 *     missed
 * @param incomplete whether there were more than fit in here, of which some may write still
 * @param overflowed when there were more than fit in here, the last time
 */
public record SeenWriters(
    @Required String claim,
    @Size(max = CONFIGURATIONS) List<Configuration> configurations,
    @Size(max = CONTAINERS) List<Container> containers,
    @Nullable @Size(max = 64) String podsVersion,
    Boolean incomplete,
    @Nullable Instant overflowed) {
  /** As many configurations are remembered. */
  public static final int CONFIGURATIONS = 32;

  /** As many containers are remembered. */
  public static final int CONTAINERS = 256;

  /**
   * @param digest of what it says and where it stands
   * @param since when it was first seen
   */
  public record Configuration(@Required @Size(max = 64) String digest, @Required Instant since) {}

  /**
   * @param id of the container
   * @param pod name of its pod
   * @param uid of its pod
   * @param name of the container in the pod
   * @param node where it runs
   * @param bootId of that node when it was first seen, where nodes may be read
   * @param startedAt when it started
   */
  public record Container(
      @Required @Size(max = 256) String id,
      @Required @Size(max = 253) String pod,
      @Required @Size(max = 64) String uid,
      @Required @Size(max = 253) String name,
      @Required @Size(max = 253) String node,
      @Nullable @Size(max = 64) String bootId,
      @Required Instant startedAt) {}

  @SuppressWarnings("ConstantValue")
  public SeenWriters {
    configurations = configurations == null ? List.of() : List.copyOf(configurations);
    containers = containers == null ? List.of() : List.copyOf(containers);
    incomplete = incomplete != null && incomplete;
  }

  /** The same, with another version of the pods. */
  public SeenWriters at(@Nullable String version) {
    return new SeenWriters(claim, configurations, containers, version, incomplete, overflowed);
  }

  /** Nothing was seen of a claim. */
  public static SeenWriters none(String claim) {
    return new SeenWriters(claim, List.of(), List.of(), null, false, null);
  }
}
