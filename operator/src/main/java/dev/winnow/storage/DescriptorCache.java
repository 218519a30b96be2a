package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.util.Collection;
import java.util.List;

/**
 * What the registries of a store remember outside of their own memory: that a digest exists. As
 * long as one of them remembers what is in the trash, it takes pushes that need it.
 */
public interface DescriptorCache {
  /**
   * What may be remembered.
   *
   * @param repository of a link in this repository; empty: of data
   * @param digest the digest, as whoever asked wrote it
   */
  record Entry(String repository, Digest digest) {
    static Entry data(Digest digest) {
      return new Entry("", digest);
    }
  }

  /**
   * Removes entries.
   *
   * @return how much of them was there
   * @throws IOException when not every one of them is known to be gone
   */
  long forget(Collection<Entry> entries) throws IOException;

  /**
   * Whether any of these is remembered: a cache that knows nothing of a store is not its own.
   *
   * @throws IOException when that cannot be found out
   */
  boolean knowsAny(List<Digest> digests) throws IOException;
}
