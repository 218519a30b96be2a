package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which manifests without a tag stay for a while.
 *
 * @param olderThan the age, without a tag, from which they may go; null: never
 * @param at the start of the pass, which ages are measured against
 * @param inUse digests that something uses, tag or no tag
 * @param before what earlier passes saw
 * @param mustBeSeen whether an earlier pass must have seen that there is no tag
 */
record Untagged(
    @Nullable Duration olderThan,
    Instant at,
    Set<Digest> inUse,
    Sightings before,
    boolean mustBeSeen) {

  /**
   * Whether a manifest without a tag is still young. Its link's time says when it was pushed last;
   * the history of tags says when one last led to it, but a tag that is deleted takes its history
   * with it, and only an earlier pass knows then.
   */
  boolean isYoung(
      Volume volume, StoreLayout layout, String repository, Digest digest, TagHistory history)
      throws IOException {
    if (olderThan == null) {
      return true;
    }
    Optional<Instant> seen = before.untagged(repository, digest);
    if (seen.isEmpty() && mustBeSeen) {
      return true;
    }
    if (seen.isPresent() && Ages.isBetweenPasses(seen.get(), at, olderThan)) {
      return true;
    }
    try {
      Instant pushed =
          volume.stat(layout.revision(repository, digest)).lastModifiedTime().toInstant();
      Instant since = seen.orElse(at);
      if (Ages.isYounger(pushed, at, olderThan, since)) {
        return true;
      }
      Optional<Instant> tagged = history.newest(digest);
      return tagged.isPresent() && Ages.isYounger(tagged.get(), at, olderThan, since);
    } catch (NoSuchFileException e) {
      return true; // gone meanwhile: nothing to decide
    }
  }
}
