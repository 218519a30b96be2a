package dev.winnow.run;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Applies a plan: repository by repository it decides afresh, at the plan's instant, and deletes
 * what the plan and the state of now both want. Whatever happens, each planned deletion gets an
 * outcome that is true.
 */
public final class Applier {
  private static final Logger LOG = LoggerFactory.getLogger(Applier.class);

  private final Run run;
  private final Agreement agreement;
  private final TagDeleter deleter;
  private final Progress progress;
  private final Stop stop = new Stop();
  private volatile @Nullable Exception fault;

  /**
   * @param deleter deletes, and asks its guard before
   * @param progress told after each repository
   */
  public Applier(Run run, TagDeleter deleter, Progress progress) {
    this(run, Agreement.with(run), deleter, progress);
  }

  /**
   * The same where the run cannot decide alone.
   *
   * @param agreement what was decided elsewhere
   */
  public Applier(Run run, Agreement agreement, TagDeleter deleter, Progress progress) {
    this.run = run;
    this.agreement = agreement;
    this.deleter = deleter;
    this.progress = progress;
  }

  /** Lets the deletions under way end and starts no more; from any thread. */
  public void stop(String why) {
    stop.because(why);
  }

  /** What nobody asked for and stopped it: a clock that is off, or an error inside Winnow. */
  public Optional<Exception> fault() {
    return Optional.ofNullable(fault);
  }

  /** Applies deletions; the result has an outcome for each. */
  public Map<Planned, Applied> apply(List<Planned> planned) {
    Map<String, List<Planned>> repositories = new TreeMap<>();
    planned.forEach(each ->
        repositories
            .computeIfAbsent(each.repository(), key -> new java.util.ArrayList<>())
            .add(each));
    Map<Planned, Applied> outcomes = new LinkedHashMap<>();
    repositories.forEach((repository, deletions) -> {
      outcomes.putAll(applyRepository(repository, deletions));
      progress.at(outcomes.size(), planned.size(), "deletions");
    });
    return outcomes;
  }

  private Map<Planned, Applied> applyRepository(String repository, List<Planned> planned) {
    RepositoryApply work = new RepositoryApply(run, agreement, repository, planned, deleter, stop);
    try {
      work.apply();
    } catch (ClockSkewException e) {
      fault = e;
      stop(text(e));
    } catch (InterruptedIOException e) {
      stop("interrupted");
    } catch (IOException e) {
      work.endWith(Applied.failed(e));
    } catch (RuntimeException e) {
      // A bug. What was deleted before must still be told, and nothing more may be.
      LOG.atError().setCause(e).addKeyValue("repository", repository).log("apply failed");
      fault = e;
      stop("stopped by an error inside Winnow, please report it: " + e);
    }
    String why = stop.why();
    work.endWith(
        why == null
            ? work.leftBehind("not tried: the image that this belongs to was not deleted")
            : Applied.notTried("not tried: " + why));
    return work.outcomes();
  }

  static String text(IOException e) {
    return e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
  }
}
