package dev.winnow.run;

import java.io.IOException;

/** Deletes on a registry: the one way out of a run that changes something. */
public interface TagDeleter {
  /**
   * Deletes a tag, or a digest with all its tags.
   *
   * @param reference the tag or digest
   * @throws IOException when it is not known whether it was deleted
   * @throws StopRunException when nothing more can be deleted in this run
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
  }

  /** Rights are missing, or somebody stopped the run. */
  final class StopRunException extends IOException {
    private static final long serialVersionUID = 1L;

    public StopRunException(String message) {
      super(message);
    }
  }
}
