package dev.winnow.retention;

import dev.winnow.oci.Digest;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one tag.
 *
 * @param tag the tag
 * @param image what it points to; null when not read
 * @param pushed when the tag was pushed; null when unknown
 */
public record TagFacts(String tag, @Nullable ImageFacts image, @Nullable Instant pushed) {

  /** A tag of which only the name is known. */
  public static TagFacts named(String tag) {
    return new TagFacts(tag, null, null);
  }

  /** How much is known. */
  public Detail detail() {
    return image == null ? Detail.NAME : image.detail();
  }

  /** What the tag points to; null when not read. */
  public @Nullable Digest digest() {
    return image == null ? null : image.digest();
  }
}
