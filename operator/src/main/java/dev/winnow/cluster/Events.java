package dev.winnow.cluster;

import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.MicroTime;
import io.fabric8.kubernetes.api.model.ObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.events.v1.EventBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells people what happened to an object. An event that cannot be written is logged and holds
 * nothing up. Source: Kubernetes API, events.k8s.io/v1.
 */
public final class Events {
  private static final Logger LOG = LoggerFactory.getLogger(Events.class);

  /** The API server counts bytes. */
  private static final int LONGEST_NOTE = 1024;

  private static final int LONGEST_PREFIX = 240;
  private static final String CONTROLLER = "winnow.dev/operator";

  /** The API server takes exactly six digits. */
  private static final DateTimeFormatter MICROS =
      DateTimeFormatter.ofPattern("yyyy-MM-dd'T'HH:mm:ss.SSSSSS'Z'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final KubernetesClient client;
  private final String instance;
  private final InstantSource clock;

  /** How an event is meant. */
  public enum Kind {
    Normal,
    Warning
  }

  /**
   * @param instance which of several operators speaks
   */
  public Events(KubernetesClient client, String instance, InstantSource clock) {
    this.client = client;
    this.instance = instance;
    this.clock = clock;
  }

  /**
   * Tells of a change.
   *
   * @param regarding the object
   * @param action what was done, as {@code Plan}
   * @param reason what came of it, as {@code LimitExceeded}
   * @param note for people
   */
  public void tell(HasMetadata regarding, Kind kind, String action, String reason, String note) {
    Event event =
        new EventBuilder()
            .withNewMetadata()
            .withNamespace(regarding.getMetadata().getNamespace())
            .withGenerateName(namePrefix(regarding.getMetadata().getName()))
            .endMetadata()
            .withType(kind.name())
            .withAction(action)
            .withReason(reason)
            .withNote(shortened(note))
            .withReportingController(CONTROLLER)
            .withReportingInstance(instance)
            .withEventTime(new MicroTime(MICROS.format(clock.instant())))
            .withRegarding(
                new ObjectReferenceBuilder()
                    .withApiVersion(regarding.getApiVersion())
                    .withKind(regarding.getKind())
                    .withNamespace(regarding.getMetadata().getNamespace())
                    .withName(regarding.getMetadata().getName())
                    .withUid(regarding.getMetadata().getUid())
                    .build())
            .build();
    try {
      client.resource(event).create();
    } catch (KubernetesClientException e) {
      LOG.atWarn()
          .addKeyValue("reason", reason)
          .addKeyValue("name", regarding.getMetadata().getName())
          .setCause(e)
          .log("an event was not written");
    }
  }

  /** As much of a text as fits, without half a character at its end. */
  private static String shortened(String note) {
    byte[] bytes = note.getBytes(StandardCharsets.UTF_8);
    if (bytes.length <= LONGEST_NOTE) {
      return note;
    }
    int end = LONGEST_NOTE;
    while ((bytes[end] & 0xC0) == 0x80) { // inside of a character
      end--;
    }
    return new String(bytes, 0, end, StandardCharsets.UTF_8);
  }

  /** What the API server makes a name of, with a few letters of its own. */
  private static String namePrefix(String name) {
    return name.substring(0, Math.min(name.length(), LONGEST_PREFIX)) + "-";
  }
}
