package dev.winnow.retention;

import dev.winnow.oci.Digest;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of the content behind a digest; it never changes.
 *
 * @param detail how much was read; what lies beyond is empty here
 * @param digest digest of the manifest
 * @param maybeIndex whether the content is an index, or could be one as far as was read
 * @param subject from {@link Detail#MANIFEST} on: what this manifest is a referrer of
 * @param members from {@link Detail#CLOSURE} on: the manifests below an index, all the way down
 * @param created at {@link Detail#CONTENT}: creation times, of an index those of its known images
 * @param labels at {@link Detail#CONTENT}: what is written on the image; of an index on each of its
 *     images together with the index itself
 * @param bytes size of the whole image, in bytes; null when a part was not read
 */
public record ImageFacts(
    Detail detail,
    Digest digest,
    boolean maybeIndex,
    @Nullable Digest subject,
    Set<Digest> members,
    List<Instant> created,
    List<Labels> labels,
    @Nullable Long bytes) {

  /** Copies the collections. */
  public ImageFacts {
    members = Set.copyOf(members);
    created = List.copyOf(created);
    labels = List.copyOf(labels);
  }

  /** What a HEAD tells. */
  public static ImageFacts ofDigest(Digest digest, boolean maybeIndex) {
    return new ImageFacts(
        Detail.DIGEST, digest, maybeIndex, null, Set.of(), List.of(), List.of(), null);
  }

  /**
   * Labels and annotations of one image; a value counts in whichever of them it stands.
   *
   * @param sources the config's labels, the manifest's annotations, and those of the index
   */
  public record Labels(List<Map<String, String>> sources) {
    /** Copies the list. */
    public Labels {
      sources = List.copyOf(sources);
    }

    /** Whether every wanted value stands in one of the sources. */
    public boolean have(Map<String, String> wanted) {
      return wanted.entrySet().stream()
          .allMatch(want ->
              sources.stream()
                  .anyMatch(source -> want.getValue().equals(source.get(want.getKey()))));
    }
  }
}
