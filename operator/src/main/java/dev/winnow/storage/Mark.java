package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.oci.ProbeRepository;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * What a mark found.
 *
 * @param blobs each digest: there or not, needed or not
 * @param repositories all repositories that could be read, by name
 * @param aliases other digests that repositories link, with those that their data is stored by
 * @param remembered what nothing may need and the registry's processes remember all the same
 * @param failures what could not be read: with any of these nothing may go
 * @param remarks what was passed over or is odd
 * @param damage what is needed and is not there, or is not what it should be
 */
record Mark(
    BlobTable blobs,
    List<MarkedRepository> repositories,
    Map<Digest, Digest> aliases,
    Set<Digest> remembered,
    List<String> failures,
    List<String> remarks,
    List<Damage> damage) {

  /** Whether everything was read, so that what is not marked is not needed. */
  boolean isComplete() {
    return failures.isEmpty();
  }

  /**
   * Something that a repository needs and has not.
   *
   * @param tag the tag; empty where only a digest leads there
   * @param missing the digest
   * @param why what is wrong with it
   */
  record Damage(String repository, String tag, Digest missing, String why) {}

  /**
   * What a mark keeps of a repository.
   *
   * @param revisions how many manifests it links
   * @param expendable revisions that nothing needs
   * @param untaggedKept revisions that nothing needs either and that are too young to go
   * @param taint why all of it is live; empty: only what is needed
   * @param dangling layer links whose data is neither in place nor in the trash
   */
  record MarkedRepository(
      String name,
      int revisions,
      Set<Digest> expendable,
      int untaggedKept,
      String taint,
      Set<Digest> dangling) {
    /** Whether it is where our probes are, and has no image. */
    boolean isProbes() {
      return name.equals(ProbeRepository.NAME) && revisions == 0;
    }
  }
}
