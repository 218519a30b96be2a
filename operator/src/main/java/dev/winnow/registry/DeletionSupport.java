package dev.winnow.registry;

/** Whether a registry deletes at all now. */
public sealed interface DeletionSupport {
  /** It does. */
  record Enabled() implements DeletionSupport {}

  /**
   * It is set up not to; distribution: {@code storage.delete.enabled}.
   *
   * @param message what it said
   */
  record Disabled(String message) implements DeletionSupport {}

  /** It is read-only for a time; distribution: {@code storage.maintenance.readonly}. */
  record ReadOnly() implements DeletionSupport {}
}
