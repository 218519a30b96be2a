package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.Mark.Damage;
import dev.winnow.storage.Mark.MarkedRepository;
import dev.winnow.storage.RepositoryContent.Tag;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Marks what one repository needs: its tags firmly, and whatever follows from them; then manifests
 * that are about what is kept; then, for a while, those without a tag that are young.
 */
final class RepositoryMarker {
  private final RepositoryContent repository;
  private final Untagged untagged;
  private final ManifestReader manifests;
  private final Marker marker;
  private final Closure closure;
  private final Set<Digest> taken;
  private final List<Damage> damage = new ArrayList<>();

  /**
   * @param taken manifests of the repository that are in the trash
   */
  RepositoryMarker(
      RepositoryContent repository,
      Set<Digest> taken,
      Untagged untagged,
      ManifestReader manifests,
      Marker marker) {
    this.repository = repository;
    this.taken = taken;
    this.untagged = untagged;
    this.manifests = manifests;
    this.marker = marker;
    this.closure = new Closure(repository, manifests, marker);
  }

  List<Damage> damage() {
    return damage;
  }

  MarkedRepository mark() throws IOException {
    for (Digest other : repository.others()) {
      followOther(other);
    }
    for (Map.Entry<Digest, String> root : roots().entrySet()) {
      closure.follow(root.getKey(), true, absent -> damaged(root.getValue(), absent));
    }
    for (Digest inUse : untagged.inUse()) {
      if (repository.revisions().contains(inUse) || isTaken(inUse)) {
        closure.follow(inUse, true, absent -> damaged("", absent));
      }
    }
    for (Digest digest : notFollowed()) {
      if (manifests.read(digest) instanceof ManifestReader.Whole(References references)
          && !references.isUnderstood()) {
        closure.follow(digest, true, absent -> {});
      }
    }
    followReferrers(true);
    TagHistory history = new TagHistory(marker.volume(), marker.layout(), repository.name());
    Set<Digest> withoutTag = notFollowed();
    for (Digest digest : withoutTag) {
      boolean isYoung =
          untagged.isYoung(marker.volume(), marker.layout(), repository.name(), digest, history);
      marker.sawUntagged(repository.name(), digest, isYoung);
      if (isYoung || closure.taint().isPresent()) {
        closure.follow(digest, untagged.olderThan() == null, absent -> {});
      }
    }
    followReferrers(false);
    marker.remembered().look(repository, manifests);
    markTainted();
    marker.mendLayerLinks(repository, closure.needed());
    Set<Digest> expendable = notFollowed();
    return new MarkedRepository(
        repository.name(),
        repository.revisions().size(),
        expendable,
        withoutTag.size() - expendable.size(),
        closure.taint().orElse(""),
        closure.taint().isPresent() ? Set.of() : marker.dangling(repository, closure::leadsTo));
  }

  /** What is linked by who knows what may be a manifest, or any other blob. */
  private void followOther(Digest digest) throws IOException {
    if (repository.revisions().contains(digest)
        || manifests.read(digest) instanceof ManifestReader.Whole) {
      closure.follow(digest, true, absent -> {});
    } else {
      closure.need(digest, true);
    }
  }

  /** Digests that tags lead to, each with one of the tags. */
  private Map<Digest, String> roots() {
    Map<Digest, String> roots = new LinkedHashMap<>();
    for (Tag tag : repository.tags()) {
      tag.roots().forEach(root -> roots.putIfAbsent(root, tag.name()));
    }
    return roots;
  }

  private void damaged(String tag, Digest absent) {
    damage.add(new Damage(repository.name(), tag, absent, marker.damage(absent)));
  }

  /** Whether a manifest is in the trash, and its data is somewhere. */
  private boolean isTaken(Digest digest) throws IOException {
    return taken.contains(digest) && !(manifests.read(digest) instanceof ManifestReader.Absent);
  }

  private Set<Digest> notFollowed() {
    Set<Digest> left = new LinkedHashSet<>(repository.revisions());
    left.removeIf(closure::hasFollowed);
    return left;
  }

  /** Manifests about what is kept are kept or come back, and those about them. */
  private void followReferrers(boolean firmly) throws IOException {
    boolean again = true;
    while (again) {
      again = false;
      Set<Digest> referrers = notFollowed();
      referrers.addAll(taken);
      for (Digest digest : referrers) {
        if (!closure.hasFollowed(digest)
            && manifests.read(digest) instanceof ManifestReader.Whole(References references)
            && references.subject() != null
            && closure.hasFollowed(references.subject())) {
          closure.follow(digest, firmly, absent -> {});
          again = true;
        }
      }
    }
  }

  /** Where something cannot be understood, all that the repository links may be what it needs. */
  private void markTainted() throws IOException {
    // An unreadable manifest of no tag counts as well: nobody knows what it was for.
    for (Digest digest : notFollowed()) {
      if (closure.taint().isEmpty() && manifests.read(digest) instanceof ManifestReader.Senseless) {
        closure.follow(digest, true, absent -> {});
      }
    }
    if (closure.taint().isEmpty()) {
      return;
    }
    for (Digest digest : notFollowed()) {
      closure.follow(digest, true, absent -> {});
    }
    for (Digest layer : repository.layers()) {
      // A registry that deletes a link leaves its folder.
      if (marker.volume().exists(marker.layout().layer(repository.name(), layer))) {
        closure.need(layer, true);
      }
    }
    for (Digest alias : repository.aliases().keySet()) {
      closure.need(alias, true);
    }
  }
}
