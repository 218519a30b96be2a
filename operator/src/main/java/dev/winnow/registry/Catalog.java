package dev.winnow.registry;

/** What a registry says when it is asked for its repositories. */
public sealed interface Catalog {
  /**
   * It listed them.
   *
   * @param repositories how many
   */
  record Listed(long repositories) implements Catalog {}

  /** It listed none: it has none, or shows none to this user. */
  record Empty() implements Catalog {}

  /**
   * It has no such list, or not for this user.
   *
   * @param status the HTTP status
   * @param message what it said
   */
  record Refused(int status, String message) implements Catalog {}
}
