package dev.winnow.api;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The names that a cluster's DNS gives one Service: {@code registry.apps}, {@code
 * registry.apps.svc} and {@code registry.apps.svc.cluster.local} are one registry, and inside of
 * the namespace {@code registry} is as well. What a cluster calls itself instead of {@code
 * cluster.local} is not known here; such names are for {@code spec.aliases}.
 *
 * <p>Source: Kubernetes DNS-Based Service Discovery, 2.3.1, and the search list of {@code
 * ClusterFirst} pods.
 */
public final class ServiceNames {
  private static final Pattern LONG =
      Pattern.compile("([^.:]+\\.[^:]+)\\.svc(?:\\.cluster\\.local)?(:\\d+)");
  private static final Pattern SINGLE = Pattern.compile("(?!localhost:)([a-z][a-z0-9-]*)(:\\d+)");

  private ServiceNames() {}

  /** The shortest name that means the same everywhere; any other host and port stays as it is. */
  public static String shortest(String hostPort) {
    Matcher matcher = LONG.matcher(hostPort);
    return matcher.matches() ? matcher.group(1) + matcher.group(2) : hostPort;
  }

  /** What a name of one label means in a namespace; empty for others, which say it themselves. */
  public static Optional<String> within(String namespace, String hostPort) {
    Matcher matcher = SINGLE.matcher(hostPort);
    return matcher.matches()
        ? Optional.of(matcher.group(1) + "." + namespace + matcher.group(2))
        : Optional.empty();
  }
}
