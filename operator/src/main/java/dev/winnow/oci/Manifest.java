package dev.winnow.oci;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a manifest of any known type refers to. One record for all types, because every reader asks
 * the same questions: what does it name, whose is it, what is written on it.
 *
 * @param kind what the manifest is, by its structure: clients leave {@code mediaType} out
 * @param mediaType the manifest's own {@code mediaType}; empty when absent
 * @param artifactType the manifest's {@code artifactType}; empty when absent
 * @param config the config of an image
 * @param layers layers of an image, blobs of an artifact, {@code fsLayers} of schema 1
 * @param members manifests of an index
 * @param subject the manifest that this one is about
 * @param annotations annotations of the manifest
 * @param others digests found in fields that the spec does not know; live like every other
 *     reference, since a future client may need them
 */
public record Manifest(
    Kind kind,
    String mediaType,
    String artifactType,
    @Nullable Descriptor config,
    List<Descriptor> layers,
    List<Descriptor> members,
    @Nullable Descriptor subject,
    Map<String, String> annotations,
    Set<Digest> others) {

  /** The shapes of a manifest. */
  public enum Kind {
    IMAGE,
    INDEX,
    ARTIFACT,
    SCHEMA1,
    UNKNOWN
  }

  /** Copies the collections. */
  public Manifest {
    layers = List.copyOf(layers);
    members = List.copyOf(members);
    annotations = Map.copyOf(annotations);
    others = Set.copyOf(others);
  }

  /** Whether the manifest lists other manifests. */
  public boolean isIndex() {
    return kind == Kind.INDEX;
  }

  /** Config and layers: what is stored as a blob of its own beside the manifest. */
  public Stream<Descriptor> blobs() {
    return Stream.concat(Stream.ofNullable(config), layers.stream());
  }

  /** The members that are images: attestations are not. */
  public Stream<Descriptor> images() {
    return members.stream().filter(member -> !member.isAttestation());
  }
}
