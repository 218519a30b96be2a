package dev.winnow.storage;

import dev.winnow.oci.Digest;
import dev.winnow.storage.Mark.MarkedRepository;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.time.Instant;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What may be taken out of the store: needed by nothing, older than grace by each of its times, and
 * seen like that by earlier passes for as long.
 */
final class Candidates {
  /** A link by which a repository has a manifest or a layer. */
  record Link(String repository, Digest digest) implements Comparable<Link> {
    @Override
    public int compareTo(Link other) {
      int names = repository.compareTo(other.repository);
      return names != 0 ? names : digest.compareTo(other.digest);
    }
  }

  private final Map<Digest, Long> data = new TreeMap<>();
  private final Set<Link> revisions = new TreeSet<>();
  private long waitingBlobs;
  private long waitingBytes;
  private long waitingManifests;
  private @Nullable Instant earliest;

  private final Set<Link> layers = new TreeSet<>();

  private Candidates() {}

  /** Nothing may go. */
  static Candidates none() {
    return new Candidates();
  }

  /** Data with its size. */
  Map<Digest, Long> data() {
    return data;
  }

  Set<Link> revisions() {
    return revisions;
  }

  /** Links of layers that are nowhere. */
  Set<Link> layers() {
    return layers;
  }

  long bytes() {
    return data.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Data that nothing needs, but that is too young. */
  long waitingBlobs() {
    return waitingBlobs;
  }

  long waitingBytes() {
    return waitingBytes;
  }

  long waitingManifests() {
    return waitingManifests;
  }

  /** When the first of what waits may go; null where nothing waits. */
  @Nullable Instant earliest() {
    return earliest;
  }

  boolean isEmpty() {
    return data.isEmpty() && revisions.isEmpty() && layers.isEmpty();
  }

  /** Decides what a mark leaves. */
  static final class Decider {
    private final CollectOptions options;
    private final Instant at;
    private final Sightings before;
    private final Set<Digest> ours;

    /**
     * @param at the start of the pass
     * @param ours what is to be left alone
     */
    Decider(CollectOptions options, Instant at, Sightings before, Set<Digest> ours) {
      this.options = options;
      this.at = at;
      this.before = before;
      this.ours = ours;
    }

    Candidates decide(Volume volume, StoreLayout layout, Mark mark) throws IOException {
      Candidates candidates = new Candidates();
      Map<Digest, Long> unmarked = new HashMap<>();
      mark.blobs()
          .unmarked((digest, modified, size) -> {
            if (!ours.contains(digest)) {
              Optional<Instant> eligible = eligible(digest, Instant.ofEpochSecond(modified));
              if (eligible.isPresent()) {
                candidates.waits(eligible.get(), size);
              } else {
                unmarked.put(digest, size);
              }
            }
          });
      LinkTimes links = LinkTimes.of(volume, layout, linkedBy(mark, unmarked.keySet()));
      unmarked.forEach((digest, size) -> {
        Optional<Instant> pushed = links.newest(digest);
        if (pushed.isPresent() && isYoung(digest, pushed.get())) {
          candidates.waits(pushed.get().plus(options.grace()), size);
        } else if (mark.remembered().contains(digest)) {
          candidates.waits(Instant.MAX, size);
        } else {
          candidates.data.put(digest, size);
        }
      });
      for (MarkedRepository repository : mark.repositories()) {
        for (Digest digest : repository.expendable()) {
          addRevision(candidates, mark, links, repository.name(), digest);
        }
        for (Digest digest : repository.dangling()) {
          addLayer(candidates, volume, layout, repository.name(), digest);
        }
      }
      return candidates;
    }

    private static Set<Digest> linkedBy(Mark mark, Set<Digest> unmarked) {
      Set<Digest> all = new LinkedHashSet<>(unmarked);
      mark.repositories().forEach(repository -> all.addAll(repository.expendable()));
      return all;
    }

    /** A link goes with its manifest's data, or alone where another repository needs that. */
    private void addRevision(
        Candidates candidates, Mark mark, LinkTimes links, String repository, Digest digest) {
      boolean goesAlone = !mark.blobs().isPresent(digest) || mark.blobs().isMarked(digest);
      boolean isYoung = links.newest(digest).map(pushed -> isYoung(digest, pushed)).orElse(false);
      if (candidates.data.containsKey(digest) || (goesAlone && !isYoung)) {
        candidates.revisions.add(new Link(repository, digest));
      } else {
        candidates.waitingManifests++;
      }
    }

    private void addLayer(
        Candidates candidates, Volume volume, StoreLayout layout, String repository, Digest digest)
        throws IOException {
      try {
        Instant pushed =
            volume.stat(layout.layer(repository, digest)).lastModifiedTime().toInstant();
        if (!isYoung(digest, pushed)) {
          candidates.layers.add(new Link(repository, digest));
        }
      } catch (NoSuchFileException | NotDirectoryException e) {
        // A folder that a deleted link left.
      }
    }

    private boolean isYoung(Digest digest, Instant modified) {
      return Ages.isYounger(modified, at, options.grace(), before.unreferenced(digest).orElse(at));
    }

    /** When data may go that may not yet; empty where it may. */
    private Optional<Instant> eligible(Digest digest, Instant modified) {
      Optional<Instant> seen = before.unreferenced(digest);
      if (options.online()) {
        if (seen.isEmpty()) {
          return Optional.of(at.plus(options.grace()));
        }
        if (Ages.isBetweenPasses(seen.get(), at, options.grace())) {
          return Optional.of(seen.get().plus(options.grace()));
        }
        Instant since = options.writersSince();
        if (options.cache().mayBeInMemory()
            && (since == null
                || !seen.get().isBefore(since.minus(Epoch.margin(options.timing()))))) {
          // A push would be told that it exists as long as a process remembers it.
          return Optional.of(Instant.MAX);
        }
      }
      return isYoung(digest, modified)
          ? Optional.of(modified.plus(options.grace()))
          : Optional.empty();
    }
  }

  private void waits(Instant eligible, long size) {
    waitingBlobs++;
    waitingBytes += size;
    if (earliest == null || eligible.isBefore(earliest)) {
      earliest = eligible;
    }
  }

  /** Leaves what another mark would have gone as well. */
  void retain(Candidates other) {
    data.keySet().retainAll(other.data.keySet());
    revisions.retainAll(other.revisions);
    layers.retainAll(other.layers);
  }

  /** The links of layers that are nowhere, without the rest. */
  Candidates onlyLayers() {
    Candidates only = new Candidates();
    only.layers.addAll(layers);
    return only;
  }
}
