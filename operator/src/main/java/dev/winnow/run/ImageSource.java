package dev.winnow.run;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Where a run reads from: a registry's API, or its volume. All methods may be called by many
 * threads at once; an interrupt ends them with an exception.
 */
public interface ImageSource {
  /** The repositories there are. */
  Catalog repositories() throws IOException;

  /** The tags of a repository, in any order; empty when there is no such repository. */
  Optional<List<String>> tags(String repository) throws IOException;

  /** When a tag was pushed; empty where the source does not know. */
  default Optional<Instant> pushed(String repository, String tag) throws IOException {
    return Optional.empty();
  }

  /** Digest and media type of what a tag points to; empty when there is no such tag. */
  Optional<Head> head(String repository, String tag) throws IOException;

  /** A manifest by tag or digest; empty when there is none. Its digest is that of its bytes. */
  Optional<Fetched> manifest(String repository, String reference) throws IOException;

  /** The bytes of a config, verified; empty when there is no such blob. */
  Optional<byte[]> config(String repository, Digest digest) throws IOException;

  /**
   * Fails when the registry's clock was seen to be off: ages would be wrong.
   *
   * @throws ClockSkewException when it was
   */
  default void checkClock() throws ClockSkewException {}

  /** What a registry says of its repositories. */
  sealed interface Catalog {
    /**
     * @param repositories their names, in any order
     */
    record Listed(List<String> repositories) implements Catalog {}

    /**
     * @param why what the registry answered instead
     */
    record Refused(String why) implements Catalog {}
  }

  /**
   * @param digest digest of the manifest
   * @param mediaType its type, as the source says; empty when it does not
   */
  record Head(Digest digest, String mediaType) {}

  /**
   * @param digest digest of the bytes
   * @param bytes the manifest
   */
  @SuppressWarnings("ArrayRecordComponent") // Bytes on their way to a parser; never compared.
  record Fetched(Digest digest, byte[] bytes) {}
}
