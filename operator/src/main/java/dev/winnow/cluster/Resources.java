package dev.winnow.cluster;

/** What Winnow's resources have in common. */
public final class Resources {
  /** The API group. */
  public static final String GROUP = "winnow.dev";

  /** The version that is served and stored. */
  public static final String VERSION = "v1alpha1";

  static final String READY = ".status.conditions[?(@.type==\"Ready\")].status";
  static final String MESSAGE = ".status.conditions[?(@.type==\"Ready\")].message";
  static final String AGE = ".metadata.creationTimestamp";

  private Resources() {}
}
