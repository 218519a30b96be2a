package dev.winnow.storage;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a pass did and what it left.
 *
 * @param pass its name, which the trash has too
 * @param instance the volume's name; null where a dry run found none
 * @param candidates what a real pass now would take; of a real pass: what it meant to take
 * @param waiting what nothing needs and is not old enough yet
 * @param held what is in the trash
 * @param untagged tags of the caller's list that were taken, or that a pass would take; null: there
 *     was no list
 * @param untaggedKept manifests that nothing names and that are too young to go
 * @param tidied what registries had left behind
 * @param probed the cache probe that it took; null: none
 * @param tainted repositories all of which is live
 * @param remarks what was passed over or is odd
 * @param failures what could not be read or done
 */
public record CollectionReport(
    String pass,
    @Nullable String instance,
    String root,
    Instant startedAt,
    Instant finishedAt,
    boolean dryRun,
    int repositories,
    long manifests,
    Blobs blobs,
    Items candidates,
    Waiting waiting,
    Items quarantined,
    Held held,
    Items restored,
    Items purged,
    @Nullable Long untagged,
    long untaggedKept,
    Tidied tidied,
    @Nullable Probed probed,
    List<Taint> tainted,
    List<Damaged> damaged,
    List<String> remarks,
    List<String> failures) {

  /** All data of the store. */
  public record Blobs(long total, long live, long bytes) {}

  /** Data, manifest links, and the bytes of the data. */
  public record Items(long blobs, long manifests, long bytes) {
    static final Items NONE = new Items(0, 0, 0);

    Items plus(Items other) {
      return new Items(blobs + other.blobs, manifests + other.manifests, bytes + other.bytes);
    }
  }

  /** Links of layers that are nowhere, empty folders, abandoned uploads, other forgotten files. */
  public record Tidied(long layerLinks, long directories, long uploads, long temporaries) {
    static final Tidied NONE = new Tidied(0, 0, 0, 0);

    Tidied plus(Tidied other) {
      return new Tidied(
          layerLinks + other.layerLinks,
          directories + other.directories,
          uploads + other.uploads,
          temporaries + other.temporaries);
    }
  }

  /**
   * @param earliest when the first of it may go; null where nothing waits, or nobody knows
   */
  public record Waiting(long blobs, long manifests, long bytes, @Nullable Instant earliest) {}

  /**
   * @param earliest when the first of it may be purged; null where nothing is held, or nobody knows
   * @param why what it waits for; null where nothing is held
   */
  public record Held(long blobs, long bytes, @Nullable Instant earliest, @Nullable String why) {
    static final Held NOTHING = new Held(0, 0, null, null);
  }

  /**
   * Something that a repository needs and has not.
   *
   * @param tag the tag; empty where only a digest leads there
   * @param since the pass that found it first; null where it was there before all of them
   */
  public record Damaged(
      String repository, String tag, String missing, String why, @Nullable String since) {}

  /**
   * A blob of Winnow's own that a registry must not know any more.
   *
   * @param at right before it was taken
   */
  public record Probed(String repository, String digest, Instant at) {}

  /** A repository all of which is live. */
  public record Taint(String repository, String why) {}
}
