package dev.winnow.storage;

import dev.winnow.storage.CollectOptions.Untag;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Which tags of a list are still what the list says. A tag goes by one rename of its folder, which
 * no cache knows of and which can be looked at afterwards: a push that was writing into it is seen
 * in the trash, and the tag comes back.
 */
final class Untagging {
  private final List<Untag> going = new ArrayList<>();
  private final List<String> skipped = new ArrayList<>();

  private Untagging() {}

  static Untagging of(Volume volume, StoreLayout layout, List<Untag> list) throws IOException {
    Untagging untagging = new Untagging();
    for (Untag untag : list) {
      LinkFile now =
          LinkFile.read(
              volume, layout.tag(untag.repository(), untag.tag()).resolve("current/link"));
      String name = untag.repository() + ":" + untag.tag();
      switch (now) {
        case LinkFile.To(var digest) when digest.equals(untag.digest()) ->
            untagging.going.add(untag);
        case LinkFile.To(var digest) ->
            untagging.skipped.add(name + " has moved to " + digest + ": it stays");
        case LinkFile.Missing missing -> untagging.skipped.add(name + " is gone already");
        case LinkFile.Loosely(var digest) ->
            untagging.skipped.add(name + " is not what a registry writes: it stays");
        case LinkFile.Unreadable(String what) ->
            untagging.skipped.add(name + " " + what + ": it stays");
      }
    }
    return untagging;
  }

  /** Tags to take now. */
  List<Untag> going() {
    return going;
  }

  /** What is not taken, and why. */
  List<String> skipped() {
    return skipped;
  }
}
