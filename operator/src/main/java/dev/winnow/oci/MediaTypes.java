package dev.winnow.oci;

/**
 * The media types of manifests and configs that Winnow knows by name. Sources: OCI image spec
 * <em>media-types.md</em>; distribution's <em>manifest-v2-2.md</em> and <em>manifest-v2-1.md</em>.
 */
public final class MediaTypes {
  public static final String OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json";
  public static final String OCI_INDEX = "application/vnd.oci.image.index.v1+json";
  public static final String OCI_ARTIFACT = "application/vnd.oci.artifact.manifest.v1+json";
  public static final String OCI_CONFIG = "application/vnd.oci.image.config.v1+json";
  public static final String DOCKER_MANIFEST =
      "application/vnd.docker.distribution.manifest.v2+json";
  public static final String DOCKER_LIST =
      "application/vnd.docker.distribution.manifest.list.v2+json";
  public static final String DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json";
  public static final String DOCKER_SCHEMA1 =
      "application/vnd.docker.distribution.manifest.v1+json";
  public static final String DOCKER_SCHEMA1_SIGNED =
      "application/vnd.docker.distribution.manifest.v1+prettyjws";

  private MediaTypes() {}

  /** Whether a descriptor of this type names an index or manifest list. */
  public static boolean isIndex(String mediaType) {
    return mediaType.equals(OCI_INDEX) || mediaType.equals(DOCKER_LIST);
  }

  /** Whether a descriptor of this type names a manifest that is no index. */
  public static boolean isImageManifest(String mediaType) {
    return mediaType.equals(OCI_MANIFEST)
        || mediaType.equals(DOCKER_MANIFEST)
        || mediaType.equals(OCI_ARTIFACT)
        || mediaType.equals(DOCKER_SCHEMA1)
        || mediaType.equals(DOCKER_SCHEMA1_SIGNED);
  }

  /** Whether a manifest that says this type of itself, or none, is one that we know. */
  public static boolean isManifest(String mediaType) {
    return mediaType.isEmpty() || isIndex(mediaType) || isImageManifest(mediaType);
  }

  /** Whether a config of this type is an image's, with a creation time and labels. */
  public static boolean isImageConfig(String mediaType) {
    return mediaType.equals(OCI_CONFIG) || mediaType.equals(DOCKER_CONFIG);
  }
}
