package dev.winnow.cluster;

import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.OwnerReferenceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.HttpURLConnection;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;

/**
 * Keeps a run's plan and result in numbered ConfigMaps that go with the run: JSON lines, packed,
 * and the first of them as text for people. They cannot be changed once written.
 */
public final class PlanStore {
  /** What a run would do. */
  public static final String PLAN = "plan";

  /** What it did. */
  public static final String RESULT = "result";

  private static final String PACKED = "lines.jsonl.gz";
  private static final String TEXT = "first-lines.txt";
  private static final int SHOWN = 200;

  /** Packed bytes in one ConfigMap: in Base64 well below the 1 MiB that an object may have. */
  private static final int MOST_BYTES = 600_000;

  private static final int LONGEST_NAME = 253;

  private final KubernetesClient client;

  public PlanStore(KubernetesClient client) {
    this.client = client;
  }

  /**
   * Begins to write.
   *
   * @param owner the run that it belongs to
   * @param kind what it is: {@link #PLAN} or {@link #RESULT}
   * @param alone whether nobody else does the run for sure: what an interrupted try of it left goes
   *     then, and stays otherwise, as somebody may refer to it
   * @param writes writes one ConfigMap, again where the API server refuses
   */
  public Writer write(HasMetadata owner, String kind, BooleanSupplier alone, Writing writes) {
    return new Writer(owner, kind, alone, writes);
  }

  /** How one ConfigMap is written: by doing so, once or until it is done. */
  public interface Writing {
    /** Once. */
    Writing ONCE = Supplier::get;

    /**
     * @param write gives the name of the ConfigMap
     */
    String done(Supplier<String> write);
  }

  /** Of the names of ConfigMaps those of a kind, in order. */
  public static List<String> of(List<String> names, String kind) {
    return names.stream().filter(name -> name.matches(".*-" + kind + "-\\d+")).toList();
  }

  /**
   * What earlier tries have stored for a run, in order, whether its status says so or not: of the
   * names that they give one after the other those that are the run's.
   */
  public List<String> stored(HasMetadata owner, String kind) {
    List<String> names = new ArrayList<>();
    for (int number = 1; ; number++) {
      String name = name(owner, kind, number);
      ConfigMap there =
          client.configMaps().inNamespace(owner.getMetadata().getNamespace()).withName(name).get();
      if (there == null) {
        return names;
      }
      if (isOf(there, owner)) {
        names.add(name);
      }
    }
  }

  private static boolean isOf(ConfigMap there, HasMetadata owner) {
    return there.getMetadata().getOwnerReferences().stream()
        .anyMatch(other -> other.getUid().equals(owner.getMetadata().getUid()));
  }

  private static String name(HasMetadata owner, String kind, int number) {
    String end = "-" + kind + "-" + number;
    String run = owner.getMetadata().getName();
    return run.substring(0, Math.min(run.length(), LONGEST_NAME - end.length())) + end;
  }

  /**
   * The lines of ConfigMaps, packed as they were written.
   *
   * @param names in order
   * @throws IOException when one is missing or is not what we wrote
   */
  public InputStream read(String namespace, List<String> names) throws IOException {
    List<InputStream> parts = new ArrayList<>();
    for (String name : names) {
      ConfigMap map = client.configMaps().inNamespace(namespace).withName(name).get();
      String packed =
          map == null || map.getBinaryData() == null ? null : map.getBinaryData().get(PACKED);
      if (packed == null) {
        throw new IOException("ConfigMap " + name + " is missing, or holds no " + PACKED);
      }
      try {
        byte[] bytes = Base64.getDecoder().decode(packed);
        parts.add(new GZIPInputStream(new ByteArrayInputStream(bytes)));
      } catch (IllegalArgumentException e) {
        throw new IOException("ConfigMap " + name + " is damaged", e);
      }
    }
    return new java.io.SequenceInputStream(Collections.enumeration(parts));
  }

  /** Writes lines; closed without {@link #finish} it leaves what it wrote to be overwritten. */
  public final class Writer {
    private final HasMetadata owner;
    private final String kind;
    private final BooleanSupplier alone;
    private final Writing writes;
    private final List<String> names = new ArrayList<>();
    private final StringJoiner shown = new StringJoiner("\n", "", "\n");
    private ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private GZIPOutputStream gzip;
    private int lines;
    private int number = 1;
    private long raw;

    private Writer(HasMetadata owner, String kind, BooleanSupplier alone, Writing writes) {
      this.owner = owner;
      this.kind = kind;
      this.alone = alone;
      this.writes = writes;
      this.gzip = newGzip(bytes);
    }

    private static GZIPOutputStream newGzip(ByteArrayOutputStream to) {
      try {
        return new GZIPOutputStream(to, 8192, true);
      } catch (IOException e) {
        throw new AssertionError("memory can always be written", e);
      }
    }

    /**
     * Adds a line.
     *
     * @param json the line, without its end
     * @param text the same for people
     */
    public void line(String json, String text) throws IOException {
      if (lines++ < SHOWN) {
        shown.add(text);
      }
      byte[] line = (json + "\n").getBytes(StandardCharsets.UTF_8);
      gzip.write(line);
      raw += line.length;
      if (raw > MOST_BYTES / 4) {
        gzip.flush();
        raw = 0;
      }
      if (bytes.size() > MOST_BYTES) {
        store();
      }
    }

    /** Writes the rest, and returns the names of all ConfigMaps, in order. */
    public List<String> finish() throws IOException {
      if (lines > 0 && (names.isEmpty() || bytes.size() > 0 || raw > 0)) {
        store();
      }
      return List.copyOf(names);
    }

    private void store() throws IOException {
      gzip.close();
      ConfigMapBuilder map =
          new ConfigMapBuilder()
              .withNewMetadata()
              .withNamespace(owner.getMetadata().getNamespace())
              .addToLabels("app.kubernetes.io/managed-by", "winnow")
              .withOwnerReferences(
                  new OwnerReferenceBuilder()
                      .withApiVersion(owner.getApiVersion())
                      .withKind(owner.getKind())
                      .withName(owner.getMetadata().getName())
                      .withUid(owner.getMetadata().getUid())
                      .withController(true)
                      .build())
              .endMetadata()
              .withImmutable(true)
              .withBinaryData(
                  Map.of(PACKED, Base64.getEncoder().encodeToString(bytes.toByteArray())));
      if (names.isEmpty()) {
        map.addToData(TEXT, shown.toString());
      }
      names.add(writes.done(() -> create(map)));
      bytes = new ByteArrayOutputStream();
      gzip = newGzip(bytes);
      raw = 0;
    }

    /**
     * Under the next name that nobody else has; what an interrupted try of ours left there goes.
     */
    private String create(ConfigMapBuilder map) {
      while (true) {
        String name = name(owner, kind, number);
        map.editMetadata().withName(name).endMetadata();
        try {
          client.resource(map.build()).create();
          number++;
          return name;
        } catch (KubernetesClientException e) {
          ConfigMap there =
              e.getCode() == HttpURLConnection.HTTP_CONFLICT
                  ? client.resource(map.build()).get()
                  : null;
          if (there == null || (isOf(there, owner) && !alone.getAsBoolean())) {
            throw e;
          }
          if (isOf(there, owner)) {
            // An immutable object cannot be overwritten. It was there before we made sure that we
            // are alone: what came later, from whoever took over, has another version.
            client
                .resource(there)
                .lockResourceVersion(there.getMetadata().getResourceVersion())
                .delete();
          } else {
            number++;
          }
        }
      }
    }
  }
}
