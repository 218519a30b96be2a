package dev.winnow.cli;

import dev.winnow.run.Applied;
import dev.winnow.run.Planned;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What there is to say of deletions that did not happen. What is true of many of them, most often
 * of all, is said once, for each registry.
 */
final class Remarks {
  /** More would hide the result, and the result has them all. */
  private static final int MOST = 20;

  private final Map<Said, Tags> remarks = new LinkedHashMap<>();

  private record Said(String hostPort, Applied.Result outcome, String message) {}

  private record Tags(Planned first, int more) {}

  /**
   * Takes an outcome; one without a message leaves nothing to say.
   *
   * @param hostPort the registry
   */
  void add(String hostPort, Planned planned, Applied applied) {
    if (applied.message() != null) {
      remarks.merge(
          new Said(hostPort, applied.outcome(), applied.message()),
          new Tags(planned, 0),
          (known, another) -> new Tags(known.first(), known.more() + 1));
    }
  }

  void print(Terminal terminal) {
    remarks.entrySet().stream()
        .limit(MOST)
        .forEach(remark -> terminal.warn(text(remark.getKey(), remark.getValue())));
    if (remarks.size() > MOST) {
      terminal.warn((remarks.size() - MOST) + " more remarks; -o json has them all");
    }
  }

  private static String text(Said said, Tags tags) {
    return tags.first().repository()
        + ":"
        + tags.first().tag()
        + (tags.more() == 0 ? "" : " and " + tags.more() + " more")
        + ": "
        + said.outcome()
        + ", "
        + said.message();
  }
}
