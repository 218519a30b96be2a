package dev.winnow.run;

import dev.winnow.retention.Rules;
import java.io.IOException;

/** What has to agree with a deletion that is decided afresh. */
public interface Agreement {
  /**
   * The rules that decide a repository afresh.
   *
   * @throws IOException when nothing could be decided of it elsewhere
   */
  Rules rules(String repository) throws IOException;

  /** Whether nothing that was decided elsewhere stands against a planned deletion. */
  boolean wants(Planned planned);

  /** A run that decides alone. */
  static Agreement with(Run run) {
    return new Agreement() {
      @Override
      public Rules rules(String repository) {
        return run.rules();
      }

      @Override
      public boolean wants(Planned planned) {
        return true;
      }
    };
  }
}
