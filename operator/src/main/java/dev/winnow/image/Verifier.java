package dev.winnow.image;

import dev.winnow.oci.Descriptor;
import dev.winnow.oci.Digest;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.Manifest;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Verifies a repository: every tag leads to a manifest, every member of an index and every blob
 * that a manifest names is there, and when looking deep has the bytes that its digest says.
 */
public final class Verifier {
  private final Images images;
  private final boolean deep;

  /**
   * @param deep whether to read every blob and hash it
   */
  public Verifier(Images images, boolean deep) {
    this.images = images;
    this.deep = deep;
  }

  /**
   * Something that is not whole.
   *
   * @param repository the repository
   * @param tag the tag that leads to it
   * @param missing digest of what is not there or not right; the tag itself when that is unknown
   * @param why what is wrong, and what heals it
   */
  public record Damage(String repository, String tag, String missing, String why) {}

  /**
   * What verifying a repository found.
   *
   * @param tags tags that were looked at
   * @param manifests manifests, each once
   * @param blobs blobs, each once
   * @param damaged what is not whole
   */
  public record Report(int tags, int manifests, int blobs, List<Damage> damaged) {
    /** Copies the list. */
    public Report {
      damaged = List.copyOf(damaged);
    }
  }

  /**
   * Verifies the tags of a repository.
   *
   * @throws IOException when something could not be looked at, which says nothing of damage
   */
  public Report verify(String repository, List<String> tags) throws IOException {
    Repository work = new Repository(repository);
    for (String tag : tags) {
      work.verify(tag);
    }
    return new Report(tags.size(), work.manifestsSeen.size(), work.blobs.size(), work.damaged);
  }

  private final class Repository {
    private final String name;
    private final Set<Digest> manifestsSeen = new HashSet<>();

    /** What is wrong with a blob; empty when nothing is. */
    private final Map<Digest, String> blobs = new HashMap<>();

    /** Damage below a manifest: the next tag that leads to it has it too. */
    private final Map<Digest, List<Damage>> below = new HashMap<>();

    private final List<Damage> damaged = new ArrayList<>();

    Repository(String name) {
      this.name = name;
    }

    void verify(String tag) throws IOException {
      manifest(tag, tag)
          .forEach(damage -> damaged.add(new Damage(name, tag, damage.missing(), damage.why())));
    }

    private List<Damage> manifest(String reference, String tag) throws IOException {
      Optional<Digest> digest = Digest.parse(reference);
      if (digest.isPresent() && below.containsKey(digest.get())) {
        return below.getOrDefault(digest.get(), List.of());
      }
      try {
        Optional<Images.Read> read = images.manifest(name, reference);
        if (read.isEmpty()) {
          return List.of(damagedManifest(tag, reference, images.missing(name, reference)));
        }
        List<Damage> found = contents(read.get().parsed(), tag);
        manifestsSeen.add(read.get().digest());
        below.put(read.get().digest(), found);
        return found;
      } catch (InvalidManifestException e) {
        return List.of(
            damagedManifest(
                tag,
                reference,
                "the manifest cannot be understood ("
                    + e.getMessage()
                    + "); push the image again"));
      } catch (DamagedImageException e) {
        return List.of(
            damagedManifest(tag, reference, "the manifest is damaged (" + e.getMessage() + ")"));
      }
    }

    private List<Damage> contents(Manifest manifest, String tag) throws IOException {
      List<Damage> found = new ArrayList<>();
      for (Descriptor member : manifest.members()) {
        found.addAll(manifest(member.digest().text(), tag));
      }
      for (Descriptor blob : manifest.blobs().toList()) {
        String problem = blobs.get(blob.digest());
        if (problem == null) {
          problem = blob.isForeign() ? "" : images.problem(name, blob, deep);
          blobs.put(blob.digest(), problem);
        }
        if (!problem.isEmpty()) {
          found.add(damage(tag, blob.digest().text(), problem));
        }
      }
      return found;
    }

    private Damage damagedManifest(String tag, String reference, String why) throws IOException {
      String missing = images.digest(name, reference).map(Digest::text).orElse(reference);
      return damage(tag, missing, why);
    }

    private Damage damage(String tag, String missing, String why) {
      return new Damage(name, tag, missing, why);
    }
  }
}
