package dev.winnow.api;

import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** What a schema cannot say of a {@link Registry}. */
public final class RegistryChecks {
  private static final int MAX_CONCURRENCY = 256;
  private static final int MAX_ALIASES = 64;

  private RegistryChecks() {}

  /** Everything that is wrong with a registry's spec. */
  public static List<Problem> check(Registry.Spec spec) {
    List<Problem> problems = new ArrayList<>();
    String url = urlProblem(spec.url());
    if (!url.isEmpty()) {
      problems.add(new Problem("spec.url", url));
    }
    int concurrency = spec.client().concurrency();
    if (concurrency < 1 || concurrency > MAX_CONCURRENCY) {
      problems.add(new Problem("spec.client.concurrency", "must be from 1 to " + MAX_CONCURRENCY));
    }
    if (Durations.parse(spec.client().timeout()) instanceof Parsed.Bad<Duration>(String message)) {
      problems.add(new Problem("spec.client.timeout", message));
    }
    if (spec.aliases().size() > MAX_ALIASES) {
      problems.add(new Problem("spec.aliases", "more than " + MAX_ALIASES + " aliases"));
    }
    for (int i = 0; i < spec.aliases().size(); i++) {
      String alias = spec.aliases().get(i);
      if (alias.contains("/") || !urlProblem("https://" + alias).isEmpty()) {
        problems.add(
            new Problem("spec.aliases[" + i + "]", "must be a host, or host:port, nothing else"));
      }
    }
    if (spec.storage() != null) {
      problems.addAll(CollectionChecks.of(spec.storage()));
    }
    if (spec.garbageCollection() != null) {
      problems.addAll(CollectionChecks.of(spec.garbageCollection(), spec.storage()));
    }
    return problems;
  }

  /** What is wrong with a registry's address; empty when nothing is. */
  public static String urlProblem(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      return Texts.quoted(url) + " is not a URL";
    }
    String scheme = uri.getScheme();
    if (!"http".equals(scheme) && !"https".equals(scheme)) {
      return Texts.quoted(url)
          + " must begin with https:// (or http:// for a registry without TLS)";
    }
    if (uri.getRawUserInfo() != null) {
      return "must not hold credentials; name a Secret in credentialsSecretRef"; // never quoted
    }
    if (uri.getHost() == null || uri.getPort() == 0 || uri.getPort() > 65_535) {
      return Texts.quoted(url) + " has no valid host and port";
    }
    if (uri.getHost().endsWith(".")) {
      return Texts.quoted(url)
          + " has a dot behind its host, which TLS does not allow; leave it out";
    }
    boolean more =
        !(uri.getRawPath().isEmpty() || uri.getRawPath().equals("/"))
            || uri.getRawQuery() != null
            || uri.getRawFragment() != null;
    return more ? Texts.quoted(url) + " must end after host and port" : "";
  }
}
