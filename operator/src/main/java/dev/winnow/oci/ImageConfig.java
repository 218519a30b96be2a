package dev.winnow.oci;

import static dev.winnow.oci.BoundedJson.string;
import static dev.winnow.oci.BoundedJson.strings;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What retention reads of an image's config. Source: OCI image spec <em>config.md</em>.
 *
 * @param created when the image was built, as its builder says; null when it says nothing usable
 * @param labels the image's labels
 */
public record ImageConfig(@Nullable Instant created, Map<String, String> labels) {
  /** Copies the labels. */
  public ImageConfig {
    labels = Map.copyOf(labels);
  }

  /**
   * Parses a config.
   *
   * @throws InvalidManifestException when the bytes are no JSON object within the bounds
   */
  public static ImageConfig parse(byte[] bytes) throws InvalidManifestException {
    return BoundedJson.read(bytes, "image config", ImageConfig::read);
  }

  /** The same in the form that {@link #parse} reads, without what it passes over. */
  public byte[] toJson() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.writeStartObject();
      if (created != null) {
        json.writeStringField("created", created.toString());
      }
      json.writeObjectFieldStart("config");
      json.writeObjectFieldStart("Labels");
      for (Map.Entry<String, String> label : labels.entrySet()) {
        json.writeStringField(label.getKey(), label.getValue());
      }
      json.writeEndObject();
      json.writeEndObject();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory does not fail", e);
    }
    return text.toString().getBytes(StandardCharsets.UTF_8);
  }

  private static ImageConfig read(JsonParser json) throws IOException, InvalidManifestException {
    Instant created = null;
    Map<String, String> labels = Map.of();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      JsonToken value = json.nextToken();
      if (field.equals("created") && value == JsonToken.VALUE_STRING) {
        created = instant(string(json, field));
      } else if (field.equals("config") && value == JsonToken.START_OBJECT) {
        labels = labels(json);
      } else {
        json.skipChildren();
      }
    }
    return new ImageConfig(created, labels);
  }

  private static Map<String, String> labels(JsonParser json)
      throws IOException, InvalidManifestException {
    Map<String, String> labels = Map.of();
    while (json.nextToken() != JsonToken.END_OBJECT) {
      String field = json.currentName();
      json.nextToken();
      if (field.equals("Labels")) {
        labels = strings(json, "config.Labels");
      } else {
        json.skipChildren();
      }
    }
    return labels;
  }

  private static @Nullable Instant instant(String text) {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      return null; // unknown, which keeps
    }
  }
}
