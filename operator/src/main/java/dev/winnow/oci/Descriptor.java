package dev.winnow.oci;

import java.util.Map;

/**
 * A reference to content: its type, digest and size. Source: OCI image spec <em>descriptor.md</em>.
 *
 * @param mediaType type of the content; empty when the descriptor does not say
 * @param digest digest of the content
 * @param size length of the content in bytes; 0 when the descriptor does not say
 * @param annotations annotations of the descriptor
 * @param platform {@code os/architecture} of an index member; empty when absent
 */
public record Descriptor(
    String mediaType, Digest digest, long size, Map<String, String> annotations, String platform) {

  /** BuildKit's mark on the attestation manifests that it adds to an index. */
  private static final String ATTESTATION_ANNOTATION = "vnd.docker.reference.type";

  /** Copies the annotations. */
  public Descriptor {
    annotations = Map.copyOf(annotations);
  }

  /**
   * Whether this index member is an attestation (provenance, SBOM) and no image that runs. Source:
   * BuildKit, <em>docs/attestations/attestation-storage.md</em>.
   */
  public boolean isAttestation() {
    return platform.equals("unknown/unknown") || annotations.containsKey(ATTESTATION_ANNOTATION);
  }

  /**
   * Whether this is a layer that is not to be distributed: a registry need not have it, and does
   * not look for it. Source: OCI image spec, <em>layer.md</em>.
   */
  public boolean isForeign() {
    return mediaType.contains(".foreign.") || mediaType.contains("nondistributable");
  }
}
