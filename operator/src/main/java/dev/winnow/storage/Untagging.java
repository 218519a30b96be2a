package dev.winnow.storage;

import dev.winnow.storage.CollectOptions.Untag;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Which tags of a list are still what the list says. A tag goes by one rename of its folder, which
 * no cache knows of and which can be looked at afterwards: a push that was writing into it is seen
 * in the trash, and the tag comes back.
 */
final class Untagging {
  private static final String GONE = "is gone already";

  private final List<Untag> going = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();

  private Untagging() {}

  static Untagging of(Volume volume, StoreLayout layout, List<Untag> list) throws IOException {
    Untagging untagging = new Untagging();
    for (Untag untag : list) {
      objection(volume, layout, untag)
          .ifPresentOrElse(
              why -> untagging.skipped.add(name(untag) + " " + why),
              () -> untagging.going.add(untag));
    }
    return untagging;
  }

  /** Why a tag is not what the list says; empty where it is. */
  static Optional<String> objection(Volume volume, StoreLayout layout, Untag untag)
      throws IOException {
    Path link = layout.tag(untag.repository(), untag.tag()).resolve("current/link");
    return switch (LinkFile.read(volume, link)) {
      case LinkFile.To(var digest) when digest.equals(untag.digest()) ->
          pushedAgain(volume, link, untag);
      case LinkFile.To(var digest) -> Optional.of("has moved to " + digest + ": it stays");
      case LinkFile.Missing missing -> Optional.of(GONE);
      case LinkFile.Loosely(var digest) -> Optional.of("is not what a registry writes: it stays");
      case LinkFile.Unreadable(String what) -> Optional.of(what + ": it stays");
    };
  }

  /** After the digest: who pushes in between writes the link anew. */
  private static Optional<String> pushedAgain(Volume volume, Path link, Untag untag)
      throws IOException {
    try {
      return untag.isBefore(volume.stat(link).lastModifiedTime().toInstant())
          ? Optional.of("was pushed again since that was decided: it stays")
          : Optional.empty();
    } catch (NoSuchFileException | NotDirectoryException e) {
      return Optional.of(GONE);
    }
  }

  /** Tags to take now. */
  List<Untag> going() {
    return going;
  }

  /** How many those are: lists may say one more than once. */
  long tags() {
    return going.stream().map(Untagging::name).distinct().count();
  }

  private static String name(Untag untag) {
    return untag.repository() + ":" + untag.tag();
  }

  /** What is not taken, and why. */
  List<String> skipped() {
    return skipped;
  }
}
