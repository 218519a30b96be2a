package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one repository links, as one reading of its folders found it.
 *
 * @param name path below {@code repositories/}
 * @param tags as they were before the revisions were read, then as they were after: a tag that
 *     moved meanwhile is there twice
 * @param revisions digests with a link of their own
 * @param deleted digests of which the revisions have a folder without a link, as a registry leaves
 *     it of a manifest that it deletes
 * @param targets what links among the revisions say that do not say their own digest
 * @param layers sha256 digests with a folder among the layers; whether it holds a link is not known
 * @param aliases what other digests among the layers stand for, by their links
 * @param layerTargets what links among the layers say that do not say their own digest, which a
 *     registry follows; only looked at where that was asked for
 * @param others digests that something links which nobody knows: live
 * @param taints why all that the repository links is live; empty: only what is referenced
 * @param remarks what a person may want to know, beginning with a path
 */
record RepositoryContent(
    String name,
    List<Tag> tags,
    Set<Digest> revisions,
    Set<Digest> deleted,
    Map<Digest, Digest> targets,
    Set<Digest> layers,
    Map<Digest, Digest> aliases,
    Map<Digest, Digest> layerTargets,
    Set<Digest> others,
    List<String> taints,
    List<String> remarks) {

  /**
   * A tag.
   *
   * @param current what it points to; null where its link is empty or no digest
   * @param roots what is live for it: what it points to, else whatever it has ever pointed to
   */
  record Tag(String name, @Nullable Digest current, Set<Digest> roots) {
    // By hand: what Java makes for a record is slow until it has been used some thousand times.
    @Override
    public int hashCode() {
      return 31 * name.hashCode() + Objects.hashCode(current);
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Tag tag
          && name.equals(tag.name)
          && Objects.equals(current, tag.current)
          && roots.equals(tag.roots);
    }
  }
}
