package dev.winnow.collect;

import dev.winnow.api.SeenWriters;
import dev.winnow.cluster.RegistryResource;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Remembers who may write to the volumes of Registries, over looks, operators and pods. */
final class WriterWatch implements AutoCloseable {
  /** Annotation of a Registry: containers that a person has seen to have ended. */
  static final String ENDED = "winnow.dev/ended-containers";

  private static final Logger LOG = LoggerFactory.getLogger(WriterWatch.class);
  private static final int SHORT_ID = 12;

  private final KubernetesClient client;
  private final PodEnds ends;
  private final SeenWritersStore store;
  private final InstantSource clock;
  private final Map<String, Followed> followed = new ConcurrentHashMap<>();

  /** What was stored of a Registry when nothing was missing. */
  private record Followed(RegistryResource registry, SeenWriters seen) {}

  WriterWatch(KubernetesClient client, InstantSource clock, Consumer<String> changed) {
    this.client = client;
    this.ends = new PodEnds(client, changed);
    this.store = new SeenWritersStore(client);
    this.clock = clock;
  }

  /** Hears from now on what becomes of the pods of a namespace. */
  void follow(String namespace) {
    ends.follow(namespace);
  }

  /** What is remembered after a look, and stored. */
  WriterMemory remember(
      RegistryResource registry,
      @Nullable PersistentVolumeClaim claim,
      List<VolumeUser> users,
      Set<String> digests,
      String version) {
    Nodes nodes = new Nodes(client);
    String uid = claim == null ? "" : claim.getMetadata().getUid();
    Set<String> told = told(registry);
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    UnaryOperator<WriterMemory> look =
        before ->
            before.after(
                users,
                digests,
                id -> hasEnded(id, users) || told.contains(shortId(id)),
                nodes::isGone,
                nodes::bootId,
                now);
    WriterMemory memory =
        store.update(
            registry,
            stored -> {
              SeenWriters before = stored.claim().equals(uid) ? stored : SeenWriters.none(uid);
              WriterMemory after = look.apply(new WriterMemory(before));
              if (before.podsVersion() != null && !after.unseen(users).isEmpty()) {
                ends.replay(registry.getMetadata().getNamespace(), before.podsVersion());
                after = look.apply(new WriterMemory(before));
              }
              return after.at(version, before, users);
            });
    if (memory.unseen(users).isEmpty()) {
      followed.put(registry.getMetadata().getUid(), new Followed(registry, memory.seen()));
    } else {
      followed.remove(registry.getMetadata().getUid());
    }
    return memory;
  }

  private boolean hasEnded(String id, List<VolumeUser> users) {
    return ends.hasEnded(id)
        || users.stream().flatMap(user -> VolumeUser.ended(user.pod())).anyMatch(id::equals);
  }

  private static Set<String> told(RegistryResource registry) {
    Map<String, String> annotations =
        Objects.requireNonNullElse(registry.getMetadata().getAnnotations(), Map.of());
    return Arrays.stream(annotations.getOrDefault(ENDED, "").split("[\\s,]+", -1))
        .filter(each -> each.length() >= SHORT_ID)
        .map(WriterWatch::shortId)
        .collect(Collectors.toSet());
  }

  private static String shortId(String id) {
    String hex = id.substring(id.lastIndexOf('/') + 1);
    return hex.substring(0, Math.min(hex.length(), SHORT_ID));
  }

  /** For people: containers of which nobody knows. */
  static List<String> unseen(RegistryResource registry, List<SeenWriters.Container> containers) {
    return containers.stream()
        .map(each ->
            "container "
                + each.name()
                + " of pod "
                + each.pod()
                + " on node "
                + each.node()
                + " was not seen to end, though its pod is gone: it may still write. Make sure"
                + " that it does not run there (crictl ps, or restart the node), then: kubectl"
                + " annotate --overwrite wreg "
                + registry.getMetadata().getName()
                + " -n "
                + registry.getMetadata().getNamespace()
                + " "
                + ENDED
                + "="
                + shortId(each.id()))
        .toList();
  }

  /** Says up to when nothing was missed, for whoever comes next. */
  @Override
  public void close() {
    followed.values().forEach(this::leave);
    ends.close();
  }

  private void leave(Followed last) {
    Optional<String> version = ends.version(last.registry().getMetadata().getNamespace());
    try {
      version.ifPresent(until ->
          store.update(
              last.registry(),
              stored ->
                  new WriterMemory(
                      stored.equals(last.seen()) && !stored.containers().isEmpty()
                          ? stored.at(until)
                          : stored)));
    } catch (KubernetesClientException e) {
      LOG.atWarn()
          .addKeyValue("registry", last.registry().getMetadata().getName())
          .setCause(e)
          .log("it is not written up to when its pods were followed");
    }
  }
}
