package dev.winnow.cli;

import java.util.Locale;
import org.slf4j.event.Level;

/** The operator's log on standard error: lines for people, or JSON for what collects logs. */
final class OperatorLog {
  /** How it is written. */
  enum Format {
    text,
    json
  }

  private OperatorLog() {}

  /** Sets it up; before anything logs, since that reads these properties. */
  static void start(Format format, Level level) {
    System.setProperty(
        "log4j2.configurationFile",
        "classpath:dev/winnow/cli/operator-log-" + format + ".properties");
    System.setProperty("winnow.log.level", level.name().toLowerCase(Locale.ROOT));
  }
}
