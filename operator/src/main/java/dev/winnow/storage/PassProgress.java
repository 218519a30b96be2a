package dev.winnow.storage;

import dev.winnow.oci.Digest;

/** Hears how far a pass is: often, and from many threads. */
@FunctionalInterface
public interface PassProgress {
  /** Nobody listens. */
  PassProgress NONE = (doing, done, all, what) -> {};

  /**
   * @param doing what the pass does now, as {@code marking}
   * @param done how much of it is done
   * @param all how much there is
   * @param what what is counted, as a plural
   */
  void at(String doing, long done, long all, String what);

  /** A {@link CacheProbe} is in its place: registries are to be asked for it now. */
  default void placed(Digest probe) {}
}
