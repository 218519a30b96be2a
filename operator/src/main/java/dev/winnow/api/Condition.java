package dev.winnow.api;

import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.Size;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One thing that is so, is not so, or is not known of an object. Source: Kubernetes <em>metav1
 * Condition</em>.
 *
 * @param type what the condition is about, one of each in a list
 * @param status True, False or Unknown
 * @param reason why, as a word in CamelCase for machines
 * @param message why, for people, with the next step
 * @param lastTransitionTime when the status changed last
 * @param observedGeneration the generation of the object that this was found for
 */
public record Condition(
    @Required @Size(min = 1, max = 64) @Pattern("^[A-Z][A-Za-z]*$") String type,
    @Required Status status,
    @Required @Size(min = 1, max = 64) @Pattern("^[A-Z][A-Za-z0-9]*$") String reason,
    @Required @Size(max = 4096) String message,
    @Required Instant lastTransitionTime,
    @Nullable Long observedGeneration) {

  /** Whether it is so. */
  public enum Status {
    True,
    False,
    Unknown
  }

  /** The condition of a type in a list. */
  public static Optional<Condition> find(List<Condition> conditions, String type) {
    return conditions.stream().filter(each -> each.type().equals(type)).findFirst();
  }
}
