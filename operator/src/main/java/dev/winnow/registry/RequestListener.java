package dev.winnow.registry;

import java.time.Duration;

/** Told of every HTTP request, retries and redirects included. Must be quick and not throw. */
@FunctionalInterface
public interface RequestListener {
  /** Tells nobody. */
  RequestListener NONE = (method, operation, status, duration) -> {};

  /**
   * A request ended.
   *
   * @param method the HTTP method
   * @param operation what it was for
   * @param status the HTTP status, 0 when there was no answer
   * @param duration until its body was read; of a streamed blob until its headers
   */
  void finished(String method, Operation operation, int status, Duration duration);
}
