package dev.winnow.collect;

import java.time.Instant;

/** How far a read-only window is. */
public sealed interface WindowState {
  /**
   * It is not open yet.
   *
   * @param message what it waits for
   */
  record Opening(String message) implements WindowState {}

  /**
   * Nothing that can write to the volume takes writes, and all that did has ended.
   *
   * @param since the earliest start of those that run
   */
  record Open(Instant since) implements WindowState {}

  /**
   * It ends.
   *
   * @param message what it waits for
   */
  record Closing(String message) implements WindowState {}

  /** Nothing of it is left. */
  record Closed() implements WindowState {}

  /**
   * It cannot be opened, or is not open any more though nobody closed it: to be closed.
   *
   * @param reason in a word
   * @param message what happened, and what to do
   */
  record Trouble(String reason, String message) implements WindowState {}
}
