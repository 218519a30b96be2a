package dev.winnow.storage;

import dev.winnow.oci.Digest;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What follows from the roots of one repository: members of indexes, configs, layers, subjects. The
 * same digest is followed again in another repository, since there it may have members that are not
 * here.
 */
final class Closure {
  private final RepositoryContent repository;
  private final ManifestReader manifests;
  private final MarkTarget target;
  private final Set<Digest> followed = new HashSet<>();
  private final Set<Digest> needed = new HashSet<>();
  private Optional<String> taint = Optional.empty();

  /** Where a closure says what it needs; restores what is in the trash where that is allowed. */
  interface MarkTarget {
    /** A digest of a manifest, config or layer, by sha256. */
    void needs(Digest digest, boolean firmly) throws IOException;

    /** A manifest that the repository links, or should. */
    void needsRevision(String repository, Digest digest) throws IOException;

    /** A manifest of schema 1, which may have signatures beside its link (distribution 2.4). */
    void needsSignatures(String repository, Digest digest, boolean firmly) throws IOException;

    /** A digest that is none of sha256 and has no link in this repository. */
    void needsAlias(Digest digest, boolean firmly);

    /** Whether the data of a config or layer is not there, or is empty and should not be. */
    boolean isDamaged(Digest digest) throws IOException;
  }

  Closure(RepositoryContent repository, ManifestReader manifests, MarkTarget target) {
    this.repository = repository;
    this.manifests = manifests;
    this.target = target;
    repository.taints().stream().findFirst().ifPresent(why -> taint = Optional.of(why));
  }

  /** Why all that the repository links is live. */
  Optional<String> taint() {
    return taint;
  }

  boolean hasFollowed(Digest manifest) {
    return followed.contains(manifest);
  }

  /** Whether anything of the closure names a digest, as a manifest or as a blob. */
  boolean leadsTo(Digest digest) {
    return followed.contains(digest) || needed.contains(digest);
  }

  /** Blobs that manifests of the closure name, by the digests that they name them by. */
  Set<Digest> needed() {
    return needed;
  }

  /**
   * Follows a manifest and all that it leads to.
   *
   * @param absent told of each manifest, config and layer that has no data
   */
  void follow(Digest root, boolean firmly, Consumer<Digest> absent) throws IOException {
    Deque<Digest> open = new ArrayDeque<>();
    open.push(root);
    while (!open.isEmpty()) {
      Digest digest = open.pop();
      if (!followed.add(digest)) {
        continue;
      }
      need(digest, firmly);
      Digest said = repository.targets().get(digest);
      if (said != null) {
        open.push(said);
      }
      target.needsRevision(repository.name(), digest);
      ManifestReader.Read read = manifests.read(digest);
      if (!(read instanceof ManifestReader.Whole(References whole)) || whole.isSchema1()) {
        target.needsSignatures(repository.name(), digest, firmly);
      }
      if (read instanceof ManifestReader.Whole(References references)) {
        lead(references, firmly, open, absent);
      } else if (read instanceof ManifestReader.Senseless(String why)) {
        taint = Optional.of("manifest " + digest + " " + why);
      } else {
        absent.accept(digest);
        if (digest.equals(root) || repository.revisions().contains(digest)) {
          // It was there, and what it named is not known: it may come back, from a copy.
          taint = Optional.of("manifest " + digest + " has no data");
        }
      }
    }
  }

  /** What a manifest names is needed, or to be followed in turn. */
  private void lead(
      References references, boolean firmly, Deque<Digest> open, Consumer<Digest> absent)
      throws IOException {
    references.members().forEach(open::push);
    if (references.subject() != null) {
      open.push(references.subject());
    }
    for (Digest blob : references.blobs()) {
      needed.add(blob);
      // A registry follows the link of an alias to that of what it stands for.
      Digest stored = repository.aliases().get(blob);
      if (stored != null) {
        needed.add(stored);
      }
      if (repository.revisions().contains(blob)) {
        open.push(blob);
      } else {
        need(blob, firmly);
        if (!references.elsewhere().contains(blob)
            && target.isDamaged(stored == null ? blob : stored)) {
          absent.accept(blob);
        }
      }
    }
  }

  /**
   * Needs a digest without following it as a manifest, and what the link of it says instead, and
   * the link of that: a link may name another digest than its own.
   */
  void need(Digest digest, boolean firmly) throws IOException {
    Digest said = mark(digest, firmly);
    if (said == null) {
      return;
    }
    Set<Digest> passed = new HashSet<>(Set.of(digest));
    while (said != null && passed.add(said)) {
      said = mark(said, firmly);
    }
  }

  /** Marks one digest; gives the other one that its link names. */
  private @Nullable Digest mark(Digest digest, boolean firmly) throws IOException {
    if (isStored(digest)) {
      target.needs(digest, firmly);
      return repository.layerTargets().get(digest);
    }
    Digest stored = repository.aliases().get(digest);
    if (stored == null || !isStored(stored)) {
      target.needsAlias(digest, firmly);
    }
    return stored;
  }

  /** Whether data lies by this digest; by all others only links do. */
  private static boolean isStored(Digest digest) {
    return digest.algorithm().equals("sha256");
  }
}
