package dev.winnow.cluster;

import com.fasterxml.jackson.annotation.JsonValue;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.BeanProperty;
import com.fasterxml.jackson.databind.DeserializationContext;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonDeserializer;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.annotation.JsonDeserialize;
import com.fasterxml.jackson.databind.deser.ContextualDeserializer;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.TypeFactory;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A spec as it came from the API server. One that was written for a newer Winnow may say what this
 * version does not know; it must neither stop the operator, which an error in an informer does, nor
 * be taken for what is left when the unknown is dropped: that could be the part that keeps.
 */
@JsonDeserialize(using = StoredSpec.Deserializer.class)
public sealed interface StoredSpec<T> {
  /**
   * @param value the spec
   */
  record Known<T>(@JsonValue T value) implements StoredSpec<T> {}

  /**
   * @param path the field that is not known
   * @param message why
   * @param raw the spec as it is, and as it is written again
   */
  record NotKnown<T>(String path, String message, @JsonValue JsonNode raw)
      implements StoredSpec<T> {
    /** A text in it; empty when there is none. */
    public Optional<String> text(String pointer) {
      JsonNode value = raw.at(pointer);
      return value.isTextual() ? Optional.of(value.textValue()) : Optional.empty();
    }
  }

  /** Reads strictly inside of what is otherwise read leniently. */
  final class Deserializer extends JsonDeserializer<StoredSpec<?>>
      implements ContextualDeserializer {
    private static final ObjectReader STRICT =
        JsonMapper.builder()
            .addModule(new JavaTimeModule())
            .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
            .enable(DeserializationFeature.FAIL_ON_NUMBERS_FOR_ENUMS)
            .build()
            .reader();

    private final JavaType type;

    Deserializer() {
      this(TypeFactory.unknownType());
    }

    private Deserializer(JavaType type) {
      this.type = type;
    }

    @Override
    public JsonDeserializer<?> createContextual(
        DeserializationContext context, BeanProperty property) {
      return new Deserializer(context.getContextualType().containedType(0));
    }

    @Override
    public StoredSpec<?> deserialize(JsonParser json, DeserializationContext context)
        throws IOException {
      JsonNode tree = json.readValueAsTree();
      try {
        return new Known<>(STRICT.forType(type).readValue(tree));
      } catch (JsonMappingException e) {
        String path =
            e.getPath().stream()
                .map(at ->
                    at.getFieldName() == null ? "[" + at.getIndex() + "]" : "." + at.getFieldName())
                .collect(Collectors.joining());
        return new NotKnown<>("spec" + path, e.getOriginalMessage(), tree);
      }
    }
  }
}
