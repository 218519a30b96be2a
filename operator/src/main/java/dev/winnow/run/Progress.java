package dev.winnow.run;

/** Hears how far a run is. */
@FunctionalInterface
public interface Progress {
  /** Nobody listens. */
  Progress NONE = (done, all, what) -> {};

  /**
   * @param done repositories, or deletions, that are done
   * @param all how many there are
   * @param what what is counted, as a plural
   */
  void at(long done, long all, String what);
}
