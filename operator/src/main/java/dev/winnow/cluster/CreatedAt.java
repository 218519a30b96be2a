package dev.winnow.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.Map;

/**
 * When an object was made, more exactly than the API server says: its {@code creationTimestamp}
 * counts seconds, and two runs of a small registry fit into one. Whoever makes an object notes the
 * time as an annotation; it decides only between objects of the same second, so that clocks which
 * differ do no harm. An object without it counts as made at the begin of its second.
 */
public final class CreatedAt {
  /** The annotation: an instant in ISO 8601. */
  public static final String ANNOTATION = "winnow.dev/created-at";

  private CreatedAt() {}

  /** The annotation of an object that is made now. */
  public static Map<String, String> now(InstantSource clock) {
    return Map.of(ANNOTATION, clock.instant().toString());
  }

  /** The oldest first; of objects that nothing tells apart, by their names. */
  public static <T extends HasMetadata> Comparator<T> oldestFirst() {
    return Comparator.<T, String>comparing(object -> object.getMetadata().getCreationTimestamp())
        .thenComparing(CreatedAt::noted)
        .thenComparing(object -> object.getMetadata().getName());
  }

  private static Instant noted(HasMetadata object) {
    Map<String, String> annotations = object.getMetadata().getAnnotations();
    String text = annotations == null ? null : annotations.get(ANNOTATION);
    try {
      return text == null ? Instant.MIN : Instant.parse(text);
    } catch (DateTimeException e) {
      return Instant.MIN;
    }
  }
}
