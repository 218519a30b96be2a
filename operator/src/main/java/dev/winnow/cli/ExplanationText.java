package dev.winnow.cli;

import dev.winnow.api.Documents;
import dev.winnow.api.Located;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.RetentionPolicy.KeepEntry;
import dev.winnow.oci.Digest;
import dev.winnow.retention.Decision;
import dev.winnow.retention.ImageFacts;
import dev.winnow.retention.Reason;
import dev.winnow.run.Explained;
import dev.winnow.run.PlanHeader;
import java.io.PrintStream;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Writes an explanation for people. */
final class ExplanationText {
  private final PrintStream out;
  private final Documents documents;

  ExplanationText(PrintStream out, Documents documents) {
    this.out = out;
    this.documents = documents;
  }

  /** Prints what the policies of a work say. */
  void print(String reference, PlanHeader header, Explained explained, Inputs.Work work) {
    Decision decision = explained.decision();
    out.printf(
        "%s on %s, policy %s, at %s: %s (%s)%n",
        reference,
        header.url(),
        header.policy(),
        header.at(),
        decision.action(),
        decision.reason());
    if (decision.rule() != null) {
      out.println("decided by rule " + decision.rule());
    }
    out.println(meaning(decision));
    out.println();
    facts(explained);
    for (Explained.OfPolicy policy : explained.policies()) {
      out.println();
      policy(policy, work);
    }
  }

  private void facts(Explained explained) {
    ImageFacts image = explained.facts().image();
    Decision decision = explained.decision();
    out.println("Facts");
    fact("digest", text(decision.digest()), "the manifest under the tag");
    if (image != null) {
      fact("kind", image.maybeIndex() ? "index" : "image", "the manifest");
      fact(
          "created",
          decision.created() == null ? "unknown" : text(decision.created()),
          image.maybeIndex() ? "the newest config of its images" : "the image's config");
      fact("labels", labels(image), "configs and manifest annotations");
      if (image.subject() != null) {
        fact("subject", image.subject().text(), "the manifest");
      }
      fact("size", Sizes.of(image.bytes()), "manifest, config and layers");
    }
    fact("pushed", "unknown", "a registry's API does not tell it");
    fact("tags here", String.valueOf(explained.tags()), "the tag list");
  }

  private void fact(String name, String value, String source) {
    out.printf("  %-10s %s   (from: %s)%n", name, value, source);
  }

  private void policy(Explained.OfPolicy policy, Inputs.Work work) {
    out.println("Policy " + policy.policy());
    if (policy.protects()) {
      out.println("  protect.tags: matches");
    }
    for (Explained.OfRule rule : policy.rules()) {
      if (!rule.repository()) {
        out.println("  rule " + rule.rule() + ": does not look at this repository");
      } else if (!rule.tag()) {
        out.println("  rule " + rule.rule() + ": its tags do not match");
      } else {
        out.println("  rule " + rule.rule() + ": selects the tag");
        List<String> entries = entries(work, policy.policy(), rule.rule());
        for (int i = 0; i < rule.entries().size(); i++) {
          Reason reason = rule.entries().get(i);
          out.printf(
              "    keep[%d] %s: %s%n",
              i,
              i < entries.size() ? entries.get(i) : "",
              reason == null ? "does not keep it" : "keeps it (" + reason + ")");
        }
      }
    }
  }

  /** Policies of a cluster by their names; of the documents those of the namespace. */
  private Stream<RetentionPolicy.Spec> specs(Inputs.Work work, String policy) {
    RetentionPolicy.Spec known = work.cluster().get(policy);
    return known != null
        ? Stream.of(known)
        : documents.policies().stream()
            .map(Located::value)
            .filter(each -> each.metadata().name().equals(policy))
            .filter(
                each -> each.metadata().namespace().equals(work.policy().metadata().namespace()))
            .map(RetentionPolicy::spec);
  }

  private List<String> entries(Inputs.Work work, String policy, String rule) {
    return specs(work, policy)
        .flatMap(spec -> spec.rules().stream())
        .filter(candidate -> candidate.name().equals(rule))
        .findFirst()
        .map(RetentionPolicy.Rule::keep)
        .orElse(List.of())
        .stream()
        .map(ExplanationText::describe)
        .toList();
  }

  private static String describe(KeepEntry entry) {
    List<String> fields = new ArrayList<>();
    add(fields, "tags", entry.tags());
    add(fields, "semver", entry.semver());
    add(fields, "labels", entry.labels());
    add(fields, "youngerThan", entry.youngerThan());
    add(fields, "ageBy", entry.ageBy());
    add(fields, "newest", entry.newest());
    add(fields, "orderBy", entry.orderBy());
    add(fields, "groupBy", entry.groupBy());
    return "{" + String.join(", ", fields) + "}";
  }

  private static void add(List<String> fields, String name, @Nullable Object value) {
    if (value != null) {
      fields.add(name + ": " + value);
    }
  }

  private static String labels(ImageFacts image) {
    String all =
        image.labels().stream()
            .flatMap(labels -> labels.sources().stream())
            .flatMap(source -> source.entrySet().stream())
            .map(label -> label.getKey() + "=" + label.getValue())
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    return all.isEmpty() ? "none" : all;
  }

  private static String text(@Nullable Digest digest) {
    return digest == null ? "not read" : digest.text();
  }

  private static String text(@Nullable Instant instant) {
    return instant == null ? "unknown" : instant.toString();
  }

  private static final Map<Reason, String> MEANINGS =
      Map.ofEntries(
          Map.entry(Reason.NotSelected, "No rule of the policy selects it, so it stays."),
          Map.entry(Reason.ProtectedTag, "protect.tags keeps it, whatever the rules say."),
          Map.entry(Reason.UnknownTime, "A time that a rule needs is unknown; unknown keeps."),
          Map.entry(Reason.NotAVersion, "A rule orders by version and this is none; that keeps."),
          Map.entry(Reason.NoGroup, "A rule's groupBy does not match it; that keeps."),
          Map.entry(Reason.KeptByPolicy, "Another policy of this registry keeps it."),
          Map.entry(
              Reason.IndexMember,
              "An index that stays needs it, and this registry deletes by digest only."),
          Map.entry(Reason.Referrer, "It belongs to an image that stays, or to none."),
          Map.entry(Reason.AtLeast, "limits.keepAtLeast: the repository would have too few left."),
          Map.entry(
              Reason.SharedDigest,
              "Another tag of its digest stays, and this registry deletes by digest only."),
          Map.entry(Reason.Expired, "A rule selects it and nothing keeps it."),
          Map.entry(Reason.WithSubject, "The last tag that leads to its subject goes."));

  private static String meaning(Decision decision) {
    return MEANINGS.getOrDefault(decision.reason(), "An entry of a rule that selects it keeps it.");
  }
}
