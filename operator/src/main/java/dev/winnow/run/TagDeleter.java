package dev.winnow.run;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.util.Optional;

/** Deletes on a registry: the one way out of a run that changes something. */
public interface TagDeleter {
  /** What a tag points to at this moment; empty when the registry does not have it. */
  Optional<Digest> digest(String repository, String tag) throws IOException;

  /**
   * Deletes a tag, or a digest with all its tags.
   *
   * @param reference the tag or digest
   * @throws IOException when it was not deleted, and why
   */
  Answer delete(String repository, String reference) throws IOException;

  /** What the registry answered. */
  sealed interface Answer {
    /** It is deleted. */
    record Deleted() implements Answer {}

    /** It was not there. */
    record Gone() implements Answer {}

    /**
     * @param why what the registry said
     */
    record Refused(String why) implements Answer {}

    /**
     * The registry is read-only for a time.
     *
     * @param why what the registry said
     */
    record ReadOnly(String why) implements Answer {}

    /**
     * Nothing more can be deleted in this run.
     *
     * @param why what the registry said
     */
    record NoRights(String why) implements Answer {}

    /**
     * Somebody stopped the run before anything was sent.
     *
     * @param why who, or why
     */
    record NotSent(String why) implements Answer {}

    /**
     * It may be deleted; no answer says so.
     *
     * @param why what happened instead
     */
    record Unknown(String why) implements Answer {}
  }
}
