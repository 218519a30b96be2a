package dev.winnow.cli;

import io.fabric8.kubernetes.api.model.AuthInfo;
import io.fabric8.kubernetes.api.model.NamedAuthInfo;
import io.fabric8.kubernetes.api.model.NamedContext;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.internal.KubeConfigUtils;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Finds and reads the user's kubeconfig as kubectl does, and says what is wrong with it. */
final class Kubeconfig {
  private static final int CONNECT_MILLIS = 10_000;

  /** The API server is asked again for what may pass, but nobody waits minutes for an answer. */
  private static final int RETRIES = 2;

  /** Where no proxy leads, as Go has it. */
  private static final List<String> NEVER_BY_PROXY = List.of("localhost", "127.0.0.1", "[::1]");

  private Kubeconfig() {}

  /**
   * How to reach the cluster.
   *
   * @param given {@code --kubeconfig}
   * @param context {@code --context}
   * @throws CommandException when there is no kubeconfig, or it is not usable
   */
  static Config read(@Nullable Path given, @Nullable String context, Map<String, String> env)
      throws CommandException {
    List<Path> files = files(given, env);
    Config config;
    if (files.isEmpty()) {
      if (!env.containsKey("KUBERNETES_SERVICE_HOST")) {
        throw new CommandException(
            Exit.USAGE,
            "there is no kubeconfig: KUBECONFIG is not set and ~/.kube/config is not there; give"
                + " --kubeconfig FILE");
      }
      config = Config.autoConfigure(null); // in a pod: its service account
    } else {
      config = merge(parse(files), context, files);
      proxies(config, env);
    }
    config.setUserAgent("winnow/" + Version.TEXT);
    config.setConnectionTimeout(CONNECT_MILLIS);
    config.setRequestRetryBackoffLimit(RETRIES);
    return config;
  }

  /** The files, of which the first that says something is right. */
  private static List<Path> files(@Nullable Path given, Map<String, String> env)
      throws CommandException {
    if (given != null) {
      if (!Files.isReadable(given) || Files.isDirectory(given)) {
        throw new CommandException(Exit.USAGE, "--kubeconfig " + given + " cannot be read");
      }
      return List.of(given);
    }
    String variable = env.getOrDefault("KUBECONFIG", "");
    if (variable.isEmpty()) {
      Path file = Path.of(env.getOrDefault("HOME", "/"), ".kube", "config");
      return Files.isReadable(file) ? List.of(file) : List.of();
    }
    List<Path> files =
        Arrays.stream(variable.split(File.pathSeparator, -1))
            .filter(name -> !name.isEmpty())
            .map(Path::of)
            .filter(Files::isReadable)
            .toList();
    if (files.isEmpty()) {
      throw new CommandException(
          Exit.USAGE, "KUBECONFIG names no file that can be read: " + variable);
    }
    return files;
  }

  private static List<io.fabric8.kubernetes.api.model.Config> parse(List<Path> files)
      throws CommandException {
    List<io.fabric8.kubernetes.api.model.Config> parsed = new ArrayList<>();
    for (Path file : files) {
      try {
        parsed.add(
            Objects.requireNonNull(KubeConfigUtils.parseConfig(file.toFile()), "it is empty"));
      } catch (RuntimeException e) { // whatever its parser throws
        throw new CommandException(Exit.USAGE, "kubeconfig " + file + " is no kubeconfig");
      }
    }
    return parsed;
  }

  private static Config merge(
      List<io.fabric8.kubernetes.api.model.Config> parsed,
      @Nullable String wanted,
      List<Path> files)
      throws CommandException {
    List<NamedContext> contexts =
        parsed.stream().flatMap(each -> each.getContexts().stream()).toList();
    String name = wanted != null ? wanted : current(parsed, files);
    NamedContext context =
        contexts.stream()
            .filter(each -> name.equals(each.getName()) && each.getContext() != null)
            .findFirst()
            .orElse(null);
    if (context == null) {
      throw new CommandException(
          Exit.USAGE,
          "the kubeconfig has no context "
              + name
              + ObjectNames.meant(name, contexts.stream().map(NamedContext::getName).toList()));
    }
    Config config = Config.empty();
    KubeConfigUtils.merge(
        config, name, parsed.toArray(io.fabric8.kubernetes.api.model.Config[]::new));
    boolean known =
        parsed.stream()
            .flatMap(each -> each.getClusters().stream())
            .anyMatch(each -> Objects.equals(each.getName(), context.getContext().getCluster()));
    if (!known) {
      throw new CommandException(
          Exit.USAGE,
          "the kubeconfig has no cluster "
              + context.getContext().getCluster()
              + ", which its context "
              + name
              + " names");
    }
    user(parsed, context.getContext().getUser(), config);
    return config;
  }

  private static String current(
      List<io.fabric8.kubernetes.api.model.Config> parsed, List<Path> files)
      throws CommandException {
    return parsed.stream()
        .map(each -> each.getCurrentContext())
        .filter(name -> name != null && !name.isEmpty())
        .findFirst()
        .orElseThrow(() ->
            new CommandException(
                Exit.USAGE,
                "kubeconfig "
                    + files.getFirst()
                    + " has no current context; give --context NAME, or choose one with kubectl"
                    + " config use-context"));
  }

  /** What the client's own reader passes over: who is to be acted as, and a token in a file. */
  private static void user(
      List<io.fabric8.kubernetes.api.model.Config> parsed, @Nullable String name, Config config)
      throws CommandException {
    Optional<AuthInfo> found =
        parsed.stream()
            .flatMap(each -> each.getUsers().stream())
            .filter(each -> Objects.equals(each.getName(), name))
            .map(NamedAuthInfo::getUser)
            .filter(Objects::nonNull)
            .findFirst();
    if (found.isEmpty()) {
      return;
    }
    AuthInfo user = found.get();
    if (user.getAsUid() != null && !user.getAsUid().isEmpty()) {
      throw new CommandException(
          Exit.USAGE, "user " + name + " of the kubeconfig: as-uid is not supported");
    }
    if (user.getAs() != null && !user.getAs().isEmpty()) {
      config.setImpersonateUsername(user.getAs());
      config.setImpersonateGroups(user.getAsGroups().toArray(String[]::new));
      config.setImpersonateExtras(user.getAsUserExtra());
    }
    String file = user.getTokenFile();
    if (file != null && !file.isEmpty()) {
      config.setOauthTokenProvider(() -> token(Path.of(file)));
    }
  }

  /** Read each time: such a token is renewed in its file. */
  private static String token(Path file) {
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new UncheckedIOException("tokenFile " + file + " cannot be read", e);
    }
  }

  private static void proxies(Config config, Map<String, String> env) {
    if (config.getHttpsProxy() == null && config.getHttpProxy() == null) {
      variable(env, "https_proxy").ifPresent(config::setHttpsProxy);
      variable(env, "http_proxy").ifPresent(config::setHttpProxy);
      List<String> without =
          variable(env, "no_proxy").stream()
              .flatMap(list -> Stream.of(list.split(",", -1)))
              .toList();
      config.setNoProxy(
          Stream.concat(NEVER_BY_PROXY.stream(), without.stream().map(String::strip))
              .filter(name -> !name.isEmpty())
              .toArray(String[]::new));
    }
  }

  private static Optional<String> variable(Map<String, String> env, String name) {
    return Stream.of(name.toUpperCase(Locale.ROOT), name)
        .map(each -> env.getOrDefault(each, ""))
        .filter(value -> !value.isEmpty())
        .findFirst();
  }
}
