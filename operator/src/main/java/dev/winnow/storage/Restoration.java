package dev.winnow.storage;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts back what passes took, because a person wants it back. */
public final class Restoration {
  private final Volume volume;
  private final StoreLayout layout;
  private final InstantSource clock;

  public Restoration(Volume volume, Path root, InstantSource clock) {
    this.volume = volume;
    this.layout = new StoreLayout(root);
    this.clock = clock;
  }

  /**
   * What a pass took and is still there.
   *
   * @param taken when the last of it was taken; null where the pass was ended in the middle
   */
  public record Held(
      String pass, @Nullable Instant taken, long blobs, long links, long tags, long bytes) {}

  /**
   * What came back.
   *
   * @param there items whose place is taken again: they stay in the trash
   */
  public record Result(long blobs, long links, long tags, long bytes, long there) {}

  /** What is in the trash, the oldest pass first. */
  public List<Held> held() throws IOException {
    new Preflight(volume, layout).look();
    Trash trash = Trash.read(volume, layout);
    List<Held> all = new ArrayList<>();
    for (TrashFolder folder : trash.folders().reversed()) {
      Count count = new Count();
      trash.items(folder).forEach(count::add);
      all.add(
          new Held(
              folder.pass(),
              folder.taken(volume),
              count.blobs,
              count.links,
              count.tags,
              count.bytes));
    }
    return all;
  }

  /**
   * Puts back what some passes took; what earlier passes saw of the store is forgotten, so that
   * none of it is taken again before it was unreferenced for as long as anything else.
   */
  public Result restore(Set<String> passes) throws IOException {
    new Preflight(volume, layout).look();
    String token = "restore-" + PassLock.freshToken();
    try (PassLock lock = PassLock.take(volume, layout, token, null, clock)) {
      forgetSightings();
      Trash trash = Trash.read(volume, layout);
      Restorer restorer = new Restorer(volume, layout, trash);
      Count back = new Count();
      long there = 0;
      for (TrashFolder folder : trash.folders()) {
        if (!passes.contains(folder.pass())) {
          continue;
        }
        lock.check();
        for (Trash.Item item : inOrder(trash.items(folder))) {
          if (restore(restorer, item)) {
            back.add(item);
          } else {
            there++;
          }
        }
      }
      Restorer needed = restoreNeeded();
      return new Result(
          back.blobs + needed.blobs(), back.links, back.tags, back.bytes + needed.bytes(), there);
    }
  }

  /** A tag may have lost its image to another pass: what is needed now comes back, too. */
  private Restorer restoreNeeded() throws IOException {
    Instant now = clock.instant();
    Trash trash = Trash.read(volume, layout);
    Restorer restorer = new Restorer(volume, layout, trash);
    Mark mark =
        new Marker(
                volume,
                layout,
                trash,
                restorer,
                new ManifestCache(volume, layout, clock),
                now.minus(Timing.REAL.settle()),
                new Untagged(null, now, Set.of(), Sightings.none(now), true),
                Sightings.none(now))
            .mark();
    if (!mark.isComplete()) {
      throw new IOException(
          "it is back, but not all of the store could be read, to see whether more is needed: "
              + mark.failures().getFirst());
    }
    return restorer;
  }

  /**
   * Nothing was seen yet, but this is not the first time either. A full disk may have no room to
   * say so.
   */
  private void forgetSightings() throws IOException {
    Path sightings = layout.own().resolve("sightings");
    if (volume.exists(sightings)) {
      try {
        Sightings.none(clock.instant()).write(volume, sightings);
      } catch (IOException e) {
        volume.unlinkIfThere(sightings);
      }
    }
  }

  /** Data before what refers to it. */
  private static List<Trash.Item> inOrder(List<Trash.Item> items) {
    return items.stream().sorted(Comparator.comparingInt(Restoration::rank)).toList();
  }

  private static int rank(Trash.Item item) {
    return switch (item) {
      case Trash.Blob blob -> 0;
      case Trash.Layer layer -> 1;
      case Trash.Revision revision -> 2;
      case Trash.Tag tag -> 3;
      case Trash.Emptied part -> 4;
      case Trash.Leaf leaf -> 5;
      case Trash.Upload upload -> 6;
    };
  }

  private boolean restore(Restorer restorer, Trash.Item item) throws IOException {
    // Whoever began an upload has given up.
    return !(item instanceof Trash.Upload) && restorer.restore(item);
  }

  private static final class Count {
    private long blobs;
    private long links;
    private long tags;
    private long bytes;

    void add(Trash.Item item) {
      switch (item) {
        case Trash.Blob blob -> {
          blobs++;
          bytes += blob.size();
        }
        case Trash.Tag tag -> tags++;
        case Trash.Upload upload -> {}
        case Trash.Emptied part -> {}
        case Trash.Leaf leaf -> links++;
        case Trash.Layer layer -> links++;
        case Trash.Revision revision -> links++;
      }
    }
  }
}
