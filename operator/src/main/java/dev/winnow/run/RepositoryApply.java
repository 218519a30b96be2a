package dev.winnow.run;

import dev.winnow.oci.Digest;
import dev.winnow.parallel.Parallel;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Reason;
import dev.winnow.retention.RepositoryFacts.Deletion;
import dev.winnow.run.TagDeleter.Answer;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Applies the deletions of one repository.
 *
 * <p>Where the registry deletes by digest, a tag that somebody put on the digest meanwhile would go
 * too. So the repository is decided afresh again and again, as soon as deleting has taken as long
 * as the deciding did: a tag put there is seen before more than that time has passed. What is seen
 * to share a digest with a tag that is not about to go stays.
 */
final class RepositoryApply {
  private static final Duration SHORTEST_ROUND = Duration.ofSeconds(2);
  private static final int MOST_AT_ONCE = 8;

  private final Run run;
  private final Agreement agreement;
  private final String repository;
  private final TagDeleter deleter;
  private final Stop stop;
  private final Map<String, Planned> open = new LinkedHashMap<>();
  private final Map<Planned, Applied> outcomes = new LinkedHashMap<>();
  private final Set<String> gone = new HashSet<>();

  RepositoryApply(
      Run run,
      Agreement agreement,
      String repository,
      List<Planned> planned,
      TagDeleter deleter,
      Stop stop) {
    this.run = run;
    this.agreement = agreement;
    this.repository = repository;
    this.deleter = deleter;
    this.stop = stop;
    planned.forEach(each -> open.put(each.tag(), each));
  }

  synchronized Map<Planned, Applied> outcomes() {
    return new LinkedHashMap<>(outcomes);
  }

  /** Gives an outcome to everything that has none yet. */
  synchronized void endWith(Applied outcome) {
    List.copyOf(open.keySet()).forEach(tag -> end(tag, outcome));
  }

  /** What waits for something that did not go: it may, if that does later. */
  synchronized Applied leftBehind(String why) {
    boolean later =
        outcomes.values().stream().anyMatch(applied -> applied.later() != Applied.Later.No);
    return new Applied(
        Applied.Result.Skipped, null, why, later ? Applied.Later.MayGo : Applied.Later.No);
  }

  void apply() throws IOException {
    while (!open.isEmpty() && !stop.isSet()) {
      int before = open.size();
      long began = System.nanoTime();
      Round round = new Round(decideAfresh());
      Duration deciding = Duration.ofNanos(System.nanoTime() - began);
      round.delete(deciding.compareTo(SHORTEST_ROUND) > 0 ? deciding : SHORTEST_ROUND);
      if (open.size() == before && !round.ranOut) {
        return; // nothing moved: what is left waits for something that did not go
      }
    }
  }

  /** What the state of now says of the tags that are still open; ends those it does not delete. */
  private List<Decision> decideAfresh() throws IOException {
    Optional<RepositoryPlan> now =
        run.by(agreement.rules(repository)).decider().decideReadable(repository);
    Map<String, Decision> decisions =
        now.map(RepositoryPlan::decisions).orElse(List.of()).stream()
            .collect(Collectors.toMap(Decision::tag, decision -> decision));
    List<Decision> wanted = new ArrayList<>();
    for (Planned planned : List.copyOf(open.values())) {
      Decision decision = decisions.get(planned.tag());
      Applied otherwise = otherwise(planned, decision);
      if (otherwise != null) {
        end(planned.tag(), otherwise);
      } else if (decision != null) {
        wanted.add(decision);
      }
    }
    return run.deletion() == Deletion.BY_DIGEST
        ? withoutShared(wanted, decisions.values())
        : wanted;
  }

  /**
   * Passes over a digest that has a tag now which is not in the plan, or was elsewhere when it was
   * planned: that tag would go too.
   */
  private List<Decision> withoutShared(List<Decision> wanted, Collection<Decision> all) {
    Set<Decision> going = new HashSet<>(wanted);
    Set<Digest> shared =
        all.stream()
            .filter(decision -> !going.contains(decision))
            .flatMap(decision -> Stream.ofNullable(decision.digest()))
            .collect(Collectors.toSet());
    List<Decision> alone = new ArrayList<>();
    for (Decision decision : wanted) {
      if (decision.digest() != null && shared.contains(decision.digest())) {
        end(decision.tag(), Applied.skipped(Reason.SharedDigest));
      } else {
        alone.add(decision);
      }
    }
    return alone;
  }

  private @Nullable Applied otherwise(Planned planned, @Nullable Decision now) {
    if (now == null) {
      return Applied.skipped(Reason.AlreadyGone);
    }
    if (now.digest() != null && !now.digest().equals(planned.digest())) {
      return Applied.skipped(Reason.Moved);
    }
    return switch (now.action()) {
      case Delete -> agreement.wants(planned) ? null : Applied.skipped(Reason.NowKept);
      case Keep -> Applied.skipped(Reason.NowKept);
      case Skip -> Applied.skipped(now.reason());
    };
  }

  private synchronized void end(String tag, Applied outcome) {
    Planned planned = open.remove(tag);
    if (planned != null) {
      outcomes.put(planned, outcome);
      if (outcome.outcome() == Applied.Result.Deleted || outcome.reason() == Reason.AlreadyGone) {
        gone.add(tag);
      }
    }
  }

  /** Deletions on which the plan and the state of now agree. */
  private final class Round {
    private final List<List<Decision>> units;
    private final Map<String, Decision> dependents = new HashMap<>();
    private volatile boolean ranOut;

    Round(List<Decision> wanted) {
      List<Decision> first = new ArrayList<>();
      for (Decision decision : wanted) {
        if (decision.after().isEmpty()) {
          first.add(decision);
        } else {
          dependents.put(decision.tag(), decision);
        }
      }
      units = units(first);
    }

    /** What one request deletes: a tag, or all tags of a digest. */
    private List<List<Decision>> units(Collection<Decision> decisions) {
      if (run.deletion() == Deletion.BY_TAG) {
        return decisions.stream().map(List::of).toList();
      }
      Map<Digest, List<Decision>> byDigest = new LinkedHashMap<>();
      for (Decision decision : decisions) {
        byDigest.computeIfAbsent(digestOf(decision), key -> new ArrayList<>()).add(decision);
      }
      return List.copyOf(byDigest.values());
    }

    void delete(Duration time) throws IOException {
      // What already went in an earlier round may have freed referrers that are still open.
      deleteFreed();
      long until = System.nanoTime() + time.toNanos();
      Parallel.map(
          units,
          Math.min(run.concurrency(), MOST_AT_ONCE),
          unit -> {
            boolean outOfTime =
                run.deletion() == Deletion.BY_DIGEST && System.nanoTime() - until > 0;
            ranOut |= outOfTime;
            if (!outOfTime) {
              deleteUnit(unit);
              deleteFreed();
            }
            return unit;
          });
    }

    private void deleteFreed() throws IOException {
      for (List<Decision> freed = takeFreed(); !freed.isEmpty(); freed = takeFreed()) {
        for (List<Decision> unit : units(freed)) {
          deleteUnit(unit);
        }
      }
    }

    /** Referrers of which every tag that led to their subject is gone. */
    private List<Decision> takeFreed() {
      synchronized (RepositoryApply.this) {
        List<Decision> freed =
            dependents.values().stream()
                .filter(decision -> gone.containsAll(decision.after()))
                .toList();
        freed.forEach(decision -> dependents.remove(decision.tag()));
        return freed;
      }
    }

    /** Only an interrupt gets out; a stop lets the other units under way come to their end. */
    private void deleteUnit(List<Decision> unit) throws IOException {
      if (stop.isSet()) {
        return;
      }
      try {
        List<String> still = readAgain(unit);
        if (!still.isEmpty()) {
          Applied outcome = delete(still.getFirst(), digestOf(unit.getFirst()));
          still.forEach(tag -> end(tag, outcome));
        }
      } catch (InterruptedIOException e) {
        throw e;
      } catch (IOException e) {
        unit.forEach(decision -> end(decision.tag(), Applied.failed(e)));
      }
    }

    private Applied delete(String tag, Digest digest) throws IOException {
      String reference = run.deletion() == Deletion.BY_TAG ? tag : digest.text();
      return switch (deleter.delete(repository, reference)) {
        case Answer.Deleted() -> Applied.DELETED;
        case Answer.Gone() -> Applied.skipped(Reason.AlreadyGone);
        case Answer.Refused(String why) -> Applied.failed(why);
        case Answer.ReadOnly(String why) -> Applied.failed(why, Applied.Later.MayGo);
        case Answer.Unknown(String why) -> lookAfter(tag, why);
        case Answer.NoRights(String why) -> {
          stop.because(why);
          yield Applied.failed(why);
        }
        case Answer.NotSent(String why) -> {
          stop.because(why);
          yield Applied.notTried("not tried: " + why);
        }
      };
    }

    /** After a delete without an answer the tag itself says what became of it. */
    private Applied lookAfter(String tag, String why) {
      try {
        return deleter.digest(repository, tag).isEmpty()
            ? Applied.DELETED
            : Applied.failed(why, Applied.Later.MayBeGone);
      } catch (IOException e) {
        return Applied.failed(
            why + "; whether it was deleted is not known, winnow plan shows it if it is there",
            Applied.Later.MayBeGone);
      }
    }

    /** The tags of the unit that still point to their digest; the others end here. */
    private List<String> readAgain(List<Decision> unit) throws IOException {
      List<String> still = new ArrayList<>();
      for (Decision decision : unit) {
        Optional<Digest> now = deleter.digest(repository, decision.tag());
        if (now.isEmpty()) {
          end(decision.tag(), Applied.skipped(Reason.AlreadyGone));
        } else if (!now.get().equals(decision.digest())) {
          end(decision.tag(), Applied.skipped(Reason.Moved));
        } else {
          still.add(decision.tag());
        }
      }
      return still;
    }

    private static Digest digestOf(Decision decision) {
      if (decision.digest() == null) {
        throw new IllegalStateException("a deletion without a digest: " + decision.tag());
      }
      return decision.digest();
    }
  }
}
