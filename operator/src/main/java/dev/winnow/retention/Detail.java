package dev.winnow.retention;

/**
 * How much of a tag has been read. Each level holds all before it, and costs more requests: that is
 * why a decision asks for no more than it needs.
 */
public enum Detail {
  /** Its name alone. */
  NAME,
  /** Digest and media type. */
  DIGEST,
  /** The manifest. */
  MANIFEST,
  /** The manifest and, of an index, the indexes inside it, all the way down. */
  CLOSURE,
  /** Also the configs: creation times and labels. */
  CONTENT;

  /** Whether this much is enough where so much is needed. */
  public boolean covers(Detail needed) {
    return compareTo(needed) >= 0;
  }
}
