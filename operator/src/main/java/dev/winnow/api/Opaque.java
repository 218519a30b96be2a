package dev.winnow.api;

import com.fasterxml.jackson.annotation.JsonCreator;
import com.fasterxml.jackson.annotation.JsonValue;
import org.jspecify.annotations.Nullable;

/**
 * A value of any shape that is allowed where it stands and that nothing here reads.
 *
 * @param value as it came from a cluster; null where it was not kept
 */
public record Opaque(@JsonValue @Nullable Object value) {
  @JsonCreator(mode = JsonCreator.Mode.DELEGATING)
  public Opaque {}
}
