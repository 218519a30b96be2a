package dev.winnow.collect;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpClient.Version;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Asks a registry's process how many requests it works on that could write. Source: distribution,
 * registry/handlers/app.go (instrumentation of each route).
 */
public final class InFlight {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final int MOST_BYTES = 4 << 20;
  private static final Set<String> HANDLERS =
      Set.of("manifest", "blob", "blob_upload", "blob_upload_chunk");
  private static final Pattern LINE =
      Pattern.compile(
          "registry_http_in_flight_requests\\{[^}]*handler=\"([a-z_]+)\"[^}]*} +([0-9.e+]+).*");

  private final HttpClient http;

  /** Closes nothing: the client is the caller's. */
  public InFlight(HttpClient http) {
    this.http = http;
  }

  /** How many there are; empty when it does not say, of one kind even. */
  public Optional<Integer> at(URI metrics) {
    HttpRequest request =
        HttpRequest.newBuilder(metrics).version(Version.HTTP_1_1).timeout(TIMEOUT).build();
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(request, BodyHandlers.limiting(BodyHandlers.ofString(), MOST_BYTES));
    try {
      // The request's own time is over with its headers, and its body may never end.
      HttpResponse<String> response = answer.get(TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      return response.statusCode() == 200 ? read(response.body()) : Optional.empty();
    } catch (ExecutionException | TimeoutException e) {
      answer.cancel(true);
      return Optional.empty();
    } catch (InterruptedException e) {
      answer.cancel(true);
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  static Optional<Integer> read(String text) {
    Map<String, Double> found = new HashMap<>();
    text.lines()
        .map(LINE::matcher)
        .filter(Matcher::matches)
        .filter(line -> HANDLERS.contains(line.group(1)))
        .forEach(
            line -> found.merge(line.group(1), Double.parseDouble(line.group(2)), Double::sum));
    return found.keySet().containsAll(HANDLERS)
        ? Optional.of((int) found.values().stream().mapToDouble(each -> each).sum())
        : Optional.empty();
  }
}
