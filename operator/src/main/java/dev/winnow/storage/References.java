package dev.winnow.storage;

import dev.winnow.oci.Descriptor;
import dev.winnow.oci.Digest;
import dev.winnow.oci.Manifest;
import dev.winnow.oci.MediaTypes;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What a manifest needs, and nothing else of it.
 *
 * @param members manifests that it lists, by their types
 * @param blobs config, layers, whatever else it lists, and digests in fields nobody knows
 * @param elsewhere those of the blobs that may be kept elsewhere, and are no damage where they are
 *     absent
 * @param subject the manifest that it is about
 * @param isUnderstood whether it is of a type that we know: of another nobody knows what it is for
 * @param isSchema1 whether signatures may lie beside its revision link
 */
record References(
    List<Digest> members,
    List<Digest> blobs,
    Set<Digest> elsewhere,
    @Nullable Digest subject,
    boolean isUnderstood,
    boolean isSchema1) {

  static References of(Manifest manifest) {
    Set<Digest> blobs = new LinkedHashSet<>();
    Set<Digest> elsewhere = new LinkedHashSet<>(manifest.others());
    manifest
        .blobs()
        .forEach(blob -> {
          blobs.add(blob.digest());
          if (blob.isForeign()) {
            elsewhere.add(blob.digest());
          }
        });
    blobs.addAll(manifest.others());
    Set<Digest> members = new LinkedHashSet<>();
    for (Descriptor member : manifest.members()) {
      // A build cache is an index that lists layers.
      (MediaTypes.isManifest(member.mediaType()) ? members : blobs).add(member.digest());
    }
    Descriptor subject = manifest.subject();
    return new References(
        List.copyOf(members),
        List.copyOf(blobs),
        Set.copyOf(elsewhere),
        subject == null ? null : subject.digest(),
        manifest.kind() != Manifest.Kind.UNKNOWN && MediaTypes.isManifest(manifest.mediaType()),
        manifest.kind() == Manifest.Kind.SCHEMA1);
  }

  Stream<Digest> all() {
    return Stream.of(members.stream(), blobs.stream(), Stream.ofNullable(subject))
        .flatMap(each -> each);
  }
}
