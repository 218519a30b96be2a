package dev.winnow.run;

import dev.winnow.oci.Digest;
import dev.winnow.parallel.Parallel;
import dev.winnow.retention.Action;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.retention.Decision;
import dev.winnow.retention.Detail;
import dev.winnow.retention.Explanation;
import dev.winnow.retention.ImageFacts;
import dev.winnow.retention.Outcome;
import dev.winnow.retention.Reason;
import dev.winnow.retention.RepositoryFacts;
import dev.winnow.retention.RepositoryFacts.Deletion;
import dev.winnow.retention.Retention;
import dev.winnow.retention.Rules;
import dev.winnow.retention.TagFacts;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides repositories: lists the tags, and reads what {@code retention} asks for until it can
 * decide. What cannot be read keeps the whole repository.
 */
public final class RepositoryDecider {
  private final ImageSource source;
  private final DigestFacts digestFacts;
  private final Rules rules;
  private final Instant at;
  private final Deletion deletion;
  private final int concurrency;

  RepositoryDecider(
      ImageSource source,
      DigestFacts digestFacts,
      Rules rules,
      Instant at,
      Deletion deletion,
      int concurrency) {
    this.source = source;
    this.digestFacts = digestFacts;
    this.rules = rules;
    this.at = at;
    this.deletion = deletion;
    this.concurrency = concurrency;
  }

  /**
   * Decides a repository from what the registry says now.
   *
   * @return empty when there is no such repository
   * @throws IOException only when the whole run must end: the clock is off, or an interrupt
   */
  Optional<RepositoryPlan> decide(String repository, int mostDeletions) throws IOException {
    boolean selected = rules.policy().selects(repository);
    List<String> names = List.of();
    try {
      Optional<List<String>> tags = source.tags(repository);
      source.checkClock();
      if (tags.isEmpty()) {
        return Optional.empty();
      }
      names = tags.get();
      return Optional.of(new Reading(repository, names).decide(selected, mostDeletions));
    } catch (ClockSkewException | InterruptedIOException e) {
      throw e;
    } catch (IOException e) {
      return Optional.of(unreadable(repository, selected, names, e));
    }
  }

  /**
   * Decides all deletions of one repository, for which it has to be readable.
   *
   * @return empty when there is no such repository
   */
  Optional<RepositoryPlan> decideReadable(String repository) throws IOException {
    Optional<List<String>> tags = source.tags(repository);
    source.checkClock();
    return tags.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Reading(repository, tags.get())
                .decide(rules.policy().selects(repository), Integer.MAX_VALUE));
  }

  /**
   * Explains the decision on one tag.
   *
   * @throws IOException also when there is no such repository or tag
   */
  public Explained explain(String repository, String tag) throws IOException {
    List<String> names =
        source
            .tags(repository)
            .orElseThrow(() -> new IOException("there is no repository " + repository));
    if (!names.contains(tag)) {
      throw new IOException("repository " + repository + " has no tag " + tag);
    }
    return new Reading(repository, names).explain(tag);
  }

  private static RepositoryPlan unreadable(
      String repository, boolean selected, List<String> names, IOException why) {
    List<Decision> decisions =
        names.stream()
            .sorted()
            .map(tag ->
                new Decision(
                    tag,
                    null,
                    Action.Keep,
                    Reason.UnreadableRepository,
                    null,
                    null,
                    null,
                    null,
                    List.of()))
            .toList();
    String message = why.getMessage() == null ? why.getClass().getSimpleName() : why.getMessage();
    return new RepositoryPlan(repository, selected, decisions, 0L, 0, message);
  }

  /** One repository while it is read. */
  private final class Reading {
    private final String repository;
    private final ImageReader reader;
    private final TreeMap<String, TagFacts> tags = new TreeMap<>();

    Reading(String repository, List<String> names) throws IOException {
      this.repository = repository;
      this.reader = new ImageReader(repository, source, digestFacts);
      for (String name : names) {
        Instant pushed = source.pushed(repository, name).orElse(null);
        tags.put(name, new TagFacts(name, null, pushed));
      }
    }

    RepositoryFacts facts() {
      return new RepositoryFacts(repository, List.copyOf(tags.values()), deletion);
    }

    RepositoryPlan decide(boolean selected, int mostDeletions) throws IOException {
      Outcome.Decided decided = settle(mostDeletions);
      return new RepositoryPlan(
          repository,
          selected,
          decided.decisions(),
          reclaimable(decided.decisions()),
          decided.waiting(),
          null);
    }

    Outcome.Decided settle(int mostDeletions) throws IOException {
      while (true) {
        switch (Retention.decide(facts(), rules, at, mostDeletions)) {
          case Outcome.Decided decided -> {
            return decided;
          }
          case Outcome.MoreFacts(Map<String, Detail> needed) -> read(needed);
        }
      }
    }

    Explained explain(String tag) throws IOException {
      // All that is known of the tag is shown, whether the decision needs it or not.
      read(Map.of(tag, Detail.CONTENT));
      Outcome.Decided decided = settle(Integer.MAX_VALUE);
      List<Explained.OfPolicy> policies = new ArrayList<>();
      policies.add(explain(rules.policy(), tag));
      for (CompiledPolicy other : rules.others()) {
        policies.add(explain(other, tag));
      }
      Decision decision =
          decided.decisions().stream()
              .filter(each -> each.tag().equals(tag))
              .findFirst()
              .orElseThrow(() -> new IOException("tag " + tag + " was deleted just now"));
      TagFacts facts = tags.getOrDefault(tag, TagFacts.named(tag));
      return new Explained(decision, facts, tags.size(), policies);
    }

    private Explained.OfPolicy explain(CompiledPolicy policy, String tag) throws IOException {
      List<Explained.OfRule> explained = new ArrayList<>();
      for (CompiledPolicy.Rule rule : policy.rules()) {
        boolean inRepository = rule.repositories().matches(repository);
        boolean selected = rule.tags().matches(tag);
        List<@Nullable Reason> entries = new ArrayList<>();
        if (inRepository && selected) {
          for (CompiledPolicy.Entry entry : rule.keep()) {
            entries.add(explain(policy, rule, entry, tag));
          }
        }
        explained.add(new Explained.OfRule(rule.name(), inRepository, selected, entries));
      }
      boolean protects = policy.protectedTags() != null && policy.protectedTags().matches(tag);
      return new Explained.OfPolicy(policy.name(), protects, explained);
    }

    private @Nullable Reason explain(
        CompiledPolicy policy, CompiledPolicy.Rule rule, CompiledPolicy.Entry entry, String tag)
        throws IOException {
      while (true) {
        switch (Explanation.of(facts(), policy, rule, entry, tag, at)) {
          case Explanation.Keeps(Reason reason) -> {
            return reason;
          }
          case Explanation.DoesNotKeep none -> {
            return null;
          }
          case Explanation.MoreFacts(Map<String, Detail> needed) -> read(needed);
        }
      }
    }

    private void read(Map<String, Detail> needed) throws IOException {
      List<Map.Entry<String, Detail>> wanted = List.copyOf(new TreeMap<>(needed).entrySet());
      List<Optional<ImageFacts>> found =
          Parallel.map(wanted, concurrency, want -> read(want.getKey(), want.getValue()));
      source.checkClock();
      Set<String> vanished = new HashSet<>();
      for (int i = 0; i < wanted.size(); i++) {
        String tag = wanted.get(i).getKey();
        if (found.get(i).isPresent()) {
          // Asked again after the image: of a tag that moved in between the time is the new one.
          Instant pushed = source.pushed(repository, tag).orElse(null);
          tags.put(tag, new TagFacts(tag, found.get(i).get(), pushed));
        } else {
          vanished.add(tag);
        }
      }
      if (!vanished.isEmpty()) {
        forget(vanished);
      }
    }

    private Optional<ImageFacts> read(String tag, Detail detail) throws IOException {
      TagFacts known = tags.get(tag);
      Digest digest = known == null ? null : known.digest();
      return digest == null ? reader.read(tag, detail) : Optional.of(reader.deepen(digest, detail));
    }

    /** Tags deleted since they were listed are no error; tags that lead nowhere are. */
    private void forget(Set<String> vanished) throws IOException {
      Set<String> listed = new HashSet<>(source.tags(repository).orElse(List.of()));
      for (String tag : vanished) {
        if (listed.contains(tag)) {
          throw new IOException(
              "tag "
                  + tag
                  + " is listed, but its manifest is not there; push it again or delete it");
        }
        tags.remove(tag);
      }
    }

    /**
     * What the deletions free: each stored digest once, without those that a kept tag has whose
     * manifest was read.
     */
    private @Nullable Long reclaimable(List<Decision> decisions) {
      Map<Digest, Long> freed = new HashMap<>();
      for (Decision decision : decisions) {
        if (decision.action() == Action.Delete) {
          if (decision.bytes() == null || decision.digest() == null) {
            return null;
          }
          freed.putAll(reader.blobsOf(decision.digest()));
        }
      }
      for (Decision decision : decisions) {
        if (decision.action() != Action.Delete && decision.digest() != null && !freed.isEmpty()) {
          freed.keySet().removeAll(reader.blobsOf(decision.digest()).keySet());
        }
      }
      return freed.values().stream().mapToLong(Long::longValue).sum();
    }
  }
}
