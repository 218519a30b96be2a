package dev.winnow.testing;

import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** Where a {@link TestCluster} comes from, in the order in which {@code auto} asks. */
enum ClusterProvider {
  EXISTING,
  K3S,
  LOCAL;

  static final String VARIABLE = "WINNOW_TEST_CLUSTER";

  TestCluster start(Map<String, String> environment) {
    return switch (this) {
      case EXISTING -> new ExistingCluster(environment);
      case K3S -> new K3sCluster(new K3sContainerNode());
      case LOCAL -> new LocalCluster();
    };
  }

  /** Why it cannot be had here; null when it can. */
  private @Nullable String trouble(Map<String, String> environment) {
    return switch (this) {
      case EXISTING -> ExistingCluster.trouble(environment);
      case K3S -> K3sContainerNode.trouble();
      case LOCAL -> LocalCluster.trouble();
    };
  }

  /** The provider that the environment asks for; fails when it cannot be had. */
  static ClusterProvider choose(Map<String, String> environment) {
    return choose(
        environment.getOrDefault(VARIABLE, "auto"), provider -> provider.trouble(environment));
  }

  /** As above, with what each provider lacks; null when it can be had. */
  static ClusterProvider choose(String asked, Function<ClusterProvider, @Nullable String> trouble) {
    if (asked.equals("auto")) {
      return first(trouble);
    }
    for (ClusterProvider provider : values()) {
      if (provider.toString().equals(asked)) {
        String lack = trouble.apply(provider);
        if (lack != null) {
          throw new IllegalStateException(VARIABLE + "=" + asked + " cannot be had: " + lack);
        }
        return provider;
      }
    }
    throw new IllegalStateException(
        VARIABLE + " is auto, existing, k3s or local, not \"" + asked + "\"");
  }

  private static ClusterProvider first(Function<ClusterProvider, @Nullable String> trouble) {
    Map<ClusterProvider, String> lacks = new EnumMap<>(ClusterProvider.class);
    for (ClusterProvider provider : values()) {
      String lack = trouble.apply(provider);
      if (lack == null) {
        return provider;
      }
      lacks.put(provider, lack);
    }
    StringBuilder message = new StringBuilder("no cluster for the tests:");
    lacks.forEach(
        (provider, lack) -> message.append("\n  ").append(provider).append(": ").append(lack));
    throw new IllegalStateException(message.toString());
  }

  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
