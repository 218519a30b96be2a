package dev.winnow.oci;

import static dev.winnow.oci.BoundedJson.string;
import static dev.winnow.oci.BoundedJson.strings;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.winnow.oci.Manifest.Kind;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads manifests of every type in one pass over their bytes: OCI image, index and artifact, Docker
 * schema 2, manifest list and schema 1, and whatever else names digests.
 *
 * <p>It goes by structure, not by media type, and is strict where a mistake would hide a reference:
 * a field that refers to content and stands twice, or a digest that is none, makes the manifest
 * invalid, and its caller keeps everything. Digests in unknown fields count as references, also
 * those whose names differ only in case from known ones, since Go's JSON decoder accepts these.
 */
public final class ManifestParser {
  private ManifestParser() {}

  /**
   * Parses a manifest.
   *
   * @throws InvalidManifestException when the bytes are no JSON object, are over 4 MiB or 100
   *     levels deep, or refer to something in a way that cannot be followed
   */
  public static Manifest parse(byte[] bytes) throws InvalidManifestException {
    return BoundedJson.read(bytes, "manifest", json -> new Fields().read(json));
  }

  private static final class Fields {
    private final Set<String> seen = new HashSet<>();
    private String mediaType = "";
    private String artifactType = "";
    private @Nullable Descriptor config;
    private @Nullable Descriptor subject;
    private final List<Descriptor> layers = new ArrayList<>();
    private final List<Descriptor> members = new ArrayList<>();
    private Map<String, String> annotations = Map.of();
    private final Set<Digest> others = new HashSet<>();

    Manifest read(JsonParser json) throws IOException, InvalidManifestException {
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String field = json.currentName();
        json.nextToken();
        readField(json, field);
      }
      return new Manifest(
          kind(), mediaType, artifactType, config, layers, members, subject, annotations, others);
    }

    private void readField(JsonParser json, String field)
        throws IOException, InvalidManifestException {
      switch (field) {
        case "mediaType" -> mediaType = string(json, once(field));
        case "artifactType" -> artifactType = string(json, once(field));
        case "config" -> config = descriptor(json, once(field));
        case "subject" -> subject = descriptor(json, once(field));
        case "layers", "blobs" -> descriptors(json, once(field), layers);
        case "manifests" -> descriptors(json, once(field), members);
        case "fsLayers" -> fsLayers(json, once(field));
        case "annotations" -> annotations = strings(json, once(field));
        default -> collectDigests(json);
      }
    }

    private String once(String field) throws InvalidManifestException {
      if (!seen.add(field)) {
        throw new InvalidManifestException("field " + field + " stands twice");
      }
      return field;
    }

    private Kind kind() {
      if (seen.contains("manifests")) {
        return Kind.INDEX;
      }
      if (seen.contains("fsLayers")) {
        return Kind.SCHEMA1;
      }
      if (seen.contains("config") || seen.contains("layers")) {
        return Kind.IMAGE;
      }
      if (seen.contains("blobs") || mediaType.equals(MediaTypes.OCI_ARTIFACT)) {
        return Kind.ARTIFACT;
      }
      return Kind.UNKNOWN;
    }

    private void descriptors(JsonParser json, String field, List<Descriptor> into)
        throws IOException, InvalidManifestException {
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        return;
      }
      if (json.currentToken() != JsonToken.START_ARRAY) {
        throw new InvalidManifestException("field " + field + " is not a list");
      }
      while (json.nextToken() != JsonToken.END_ARRAY) {
        Descriptor descriptor = descriptor(json, field);
        if (descriptor == null) {
          throw new InvalidManifestException("field " + field + " has a null");
        }
        into.add(descriptor);
      }
    }

    private @Nullable Descriptor descriptor(JsonParser json, String field)
        throws IOException, InvalidManifestException {
      if (json.currentToken() == JsonToken.VALUE_NULL) {
        return null;
      }
      if (json.currentToken() != JsonToken.START_OBJECT) {
        throw new InvalidManifestException("field " + field + " is not a descriptor");
      }
      String type = "";
      Digest digest = null;
      long size = 0;
      Map<String, String> notes = Map.of();
      String platform = "";
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        json.nextToken();
        switch (name) {
          case "mediaType" -> type = string(json, field + ".mediaType");
          case "digest" -> digest = onlyDigest(json, field + ".digest", digest);
          case "size" -> size = size(json);
          case "annotations" -> notes = strings(json, field + ".annotations");
          case "platform" -> platform = platform(json);
          case "data" -> json.skipChildren();
          default -> collectDigests(json);
        }
      }
      if (digest == null) {
        throw new InvalidManifestException("field " + field + " has no digest");
      }
      return new Descriptor(type, digest, size, notes, platform);
    }

    private static Digest onlyDigest(JsonParser json, String field, @Nullable Digest before)
        throws IOException, InvalidManifestException {
      if (before != null) {
        throw new InvalidManifestException("field " + field + " stands twice");
      }
      return Digest.parse(string(json, field))
          .orElseThrow(() -> new InvalidManifestException("field " + field + " is no digest"));
    }

    private static long size(JsonParser json) throws IOException {
      if (json.currentToken() == JsonToken.VALUE_NUMBER_INT
          && json.getNumberType() != JsonParser.NumberType.BIG_INTEGER) {
        return Math.max(0, json.getLongValue());
      }
      json.skipChildren();
      return 0;
    }

    private static String platform(JsonParser json) throws IOException, InvalidManifestException {
      Map<String, String> fields = strings(json, "platform");
      String os = fields.getOrDefault("os", "");
      String architecture = fields.getOrDefault("architecture", "");
      return os.isEmpty() && architecture.isEmpty() ? "" : os + "/" + architecture;
    }

    private void fsLayers(JsonParser json, String field)
        throws IOException, InvalidManifestException {
      if (json.currentToken() != JsonToken.START_ARRAY) {
        throw new InvalidManifestException("field " + field + " is not a list");
      }
      while (json.nextToken() != JsonToken.END_ARRAY) {
        layers.add(new Descriptor("", blobSum(json, field), 0, Map.of(), ""));
      }
    }

    private Digest blobSum(JsonParser json, String field)
        throws IOException, InvalidManifestException {
      if (json.currentToken() != JsonToken.START_OBJECT) {
        throw new InvalidManifestException("field " + field + " is not a list of objects");
      }
      Digest digest = null;
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        json.nextToken();
        if (name.equals("blobSum")) {
          digest = onlyDigest(json, field + ".blobSum", digest);
        } else {
          collectDigests(json);
        }
      }
      if (digest == null) {
        throw new InvalidManifestException("field " + field + " has no blobSum");
      }
      return digest;
    }

    /** Everything below the current value that is a digest by its form, whatever its field is. */
    private void collectDigests(JsonParser json) throws IOException {
      int depth = 0;
      JsonToken token = json.currentToken();
      while (true) {
        if (token.isStructStart()) {
          depth++;
        } else if (token.isStructEnd()) {
          depth--;
        } else if (token == JsonToken.VALUE_STRING) {
          Digest.parse(json.getText()).ifPresent(others::add);
        }
        if (depth == 0) {
          return;
        }
        token = json.nextToken();
      }
    }
  }
}
