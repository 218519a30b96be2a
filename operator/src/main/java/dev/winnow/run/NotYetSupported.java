package dev.winnow.run;

import dev.winnow.api.Problem;
import dev.winnow.api.Registry;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicy.AgeBy;
import dev.winnow.api.RetentionPolicy.InUse;
import dev.winnow.api.RetentionPolicy.KeepEntry;
import dev.winnow.api.RetentionPolicy.OrderBy;
import dev.winnow.api.RetentionPolicy.Undo;
import java.util.ArrayList;
import java.util.List;

/**
 * What a document may ask for and this version cannot do. It is refused and never ignored: a
 * protection that is not there must not look as if it were.
 */
public final class NotYetSupported {
  private NotYetSupported() {}

  /** What is missing, in a word. */
  public enum Lack {
    UsageUnknown,
    PushTimesUnknown,
    NotYetSupported
  }

  /**
   * Something that is refused.
   *
   * @param lack what is missing
   * @param problem the field, and what to write instead
   */
  public record Refused(Lack lack, Problem problem) {}

  /** What a registry asks for that only the operator does, each with what to write instead. */
  public static List<Refused> in(Registry.Spec spec) {
    List<Refused> refused = new ArrayList<>();
    if (spec.deletion() == Registry.Deletion.Volume) {
      refused.add(
          refused(
              Lack.NotYetSupported,
              "spec.deletion",
              "only the operator's collections delete through the volume; write deletion: Api here, or"
                  + " have winnow collect --untag do it"));
    }
    return refused;
  }

  /**
   * What a policy asks for, each with what to write instead.
   *
   * @param pushTimes whether the source of the run knows when tags were pushed
   */
  public static List<Refused> in(RetentionPolicy.Spec spec, boolean pushTimes) {
    List<Refused> refused = new ArrayList<>();
    if (spec.protect().inUse() == InUse.Required) {
      refused.add(
          refused(
              Lack.UsageUnknown,
              "spec.protect.inUse",
              "images in use cannot be found out yet (UsageUnknown), and Required is the default;"
                  + " write protect: {inUse: Ignore} to go on without, and protect what runs by"
                  + " protect.tags"));
    }
    if (spec.undo() == Undo.Required) {
      refused.add(
          refused(
              Lack.NotYetSupported,
              "spec.undo",
              "undo is not built yet; write undo: BestEffort or leave it out"));
    }
    for (int rule = 0; rule < spec.rules().size(); rule++) {
      List<KeepEntry> keep = spec.rules().get(rule).keep();
      for (int entry = 0; entry < keep.size(); entry++) {
        String path = "spec.rules[" + rule + "].keep[" + entry + "]";
        checkUsage(keep.get(entry), path, refused);
        if (!pushTimes) {
          checkPushTimes(keep.get(entry), path, refused);
        }
      }
    }
    return refused;
  }

  private static void checkUsage(KeepEntry entry, String path, List<Refused> refused) {
    if (entry.usedWithin() != null) {
      refused.add(
          refused(
              Lack.UsageUnknown,
              path + ".usedWithin",
              "images in use cannot be found out yet; leave the field out and keep by tags,"
                  + " newest or youngerThan with ageBy: Created"));
    }
  }

  private static void checkPushTimes(KeepEntry entry, String path, List<Refused> refused) {
    if (entry.ageBy() == AgeBy.Pushed) {
      refused.add(refused(Lack.PushTimesUnknown, path + ".ageBy", pushTimes("ageBy: Created")));
    }
    if (entry.orderBy() == OrderBy.Pushed) {
      refused.add(
          refused(
              Lack.PushTimesUnknown,
              path + ".orderBy",
              pushTimes("orderBy: Created, SemVer or Name")));
    }
  }

  private static Refused refused(Lack lack, String path, String message) {
    return new Refused(lack, new Problem(path, message));
  }

  private static String pushTimes(String instead) {
    return "a registry's API tells no push times (PushTimesUnknown); the operator reads them from"
        + " its volume where the Registry has spec.storage, winnow plan --store DIR where that is"
        + " mounted; write "
        + instead
        + " if that is what you mean";
  }
}
