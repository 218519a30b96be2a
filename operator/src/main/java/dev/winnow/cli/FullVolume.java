package dev.winnow.cli;

import dev.winnow.storage.Reasons;

/** What to tell where a pass ended because it had no space to write down what it does. */
final class FullVolume {
  /** In a word. */
  static final String REASON = "VolumeFull";

  /** What to do. */
  static final String ADVICE =
      "the volume is full, and nothing is lost: free some MB of it or enlarge its claim, and collect"
          + " again; with the registry stopped, --offline with --hold 0s, and --cache redis where it has"
          + " a Redis, frees all at once";

  private FullVolume() {}

  /** Whether that is what failures in words say. */
  static boolean is(String failures) {
    return Reasons.isFull(failures);
  }
}
