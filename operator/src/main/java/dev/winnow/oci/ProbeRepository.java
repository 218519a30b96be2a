package dev.winnow.oci;

/**
 * The repository in which Winnow has blobs of its own, to find out what registries remember. Nobody
 * has images there: it is no repository to users.
 */
public final class ProbeRepository {
  /** Its name. */
  public static final String NAME = "winnow.dev/probe";

  private ProbeRepository() {}
}
