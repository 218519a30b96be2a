package dev.winnow.collect;

import dev.winnow.api.Storage.WorkloadRef;
import dev.winnow.collect.RegistryWorkload.TakesWrites;
import dev.winnow.collect.WindowState.Closed;
import dev.winnow.collect.WindowState.Closing;
import dev.winnow.collect.WindowState.Open;
import dev.winnow.collect.WindowState.Opening;
import dev.winnow.collect.WindowState.Trouble;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.EnvVar;
import io.fabric8.kubernetes.api.model.ObjectMeta;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a registry from writing for a while. What is to be done next follows from what stands on
 * the workload alone, so that whoever comes after one that was killed goes on from there: first the
 * intent is written, then the variable is set; first the variable is removed, then, once the pods
 * write again, the intent.
 *
 * <p>Both are fields that we apply under a name of our own. What somebody else has set is not taken
 * from them, and what they take from us is not set again.
 */
public final class ReadOnlyWindow {
  private static final int UNPROCESSABLE = 422;

  /** So many containers are named to people. */
  private static final int SHOWN = 5;

  private final KubernetesClient client;
  private final Workloads workloads;
  private final InstantSource clock;
  private final String namespace;
  private final WorkloadRef ref;

  /** What a caller wants. */
  public enum Wish {
    /** That it is open, from the beginning. */
    OPEN,
    /** That it stays open, which it was. */
    KEEP,
    /** That it is closed. */
    CLOSE
  }

  /**
   * Why a window would not open, were it begun now.
   *
   * @param reason in a word
   * @param message what is in the way, and what to do
   * @param mayPass whether it may go by itself
   */
  public record Hindrance(String reason, String message, boolean mayPass) {}

  /**
   * @param namespace of the workload
   * @param ref the workload
   */
  public ReadOnlyWindow(
      KubernetesClient client, InstantSource clock, String namespace, WorkloadRef ref) {
    this.client = client;
    this.workloads = new Workloads(client);
    this.clock = clock;
    this.namespace = namespace;
    this.ref = ref;
  }

  /** Name of the registry's container; empty where it cannot be told. */
  public Optional<String> container() {
    return workloads.get(namespace, ref).flatMap(Workload::container).map(Container::getName);
  }

  /**
   * What it would wait for in vain, or for longer than the pods need. To be asked before it is
   * begun: the registry would take no writes meanwhile.
   *
   * @param writers who can write to the volume now
   */
  public Optional<Hindrance> hindrance(RegistryWorkload writers) {
    Optional<Workload> workload = workloads.get(namespace, ref);
    if (workload.isEmpty() || workload.get().obstacle().isPresent()) {
      return Optional.empty(); // that has reasons of its own
    }
    if (!workload.get().rollout().isDone()) {
      return Optional.of(
          new Hindrance(
              "WorkloadNotReady",
              workload.get().title()
                  + " has pods that are not ready, and would not get read-only: "
                  + workload.get().rollout(),
              true));
    }
    return hindrance(writers, TakesWrites::terminating)
        .map(names ->
            new Hindrance(
                "WriterTerminating",
                names
                    + " can write to the volume, and the pod's end is waited for: its node says"
                    + " why that takes long",
                true))
        .or(() ->
            hindrance(writers, each -> !each.replaced())
                .map(names ->
                    new Hindrance(
                        "WriterNotReadOnly",
                        names
                            + " can write to the volume, and would still while "
                            + workload.get().title()
                            + " is read-only: mount it there with readOnly: true, end the pod, or"
                            + " collect with mode: Online",
                        false)));
  }

  private static Optional<String> hindrance(
      RegistryWorkload writers, Predicate<TakesWrites> which) {
    List<TakesWrites> found = writers.takingWrites().stream().filter(which).toList();
    return found.isEmpty() ? Optional.empty() : Optional.of(names(found));
  }

  /** For people. */
  private static String names(List<TakesWrites> containers) {
    int more = containers.size() - SHOWN;
    return containers.stream()
            .limit(SHOWN)
            .map(each ->
                "container "
                    + each.container()
                    + " of pod "
                    + each.pod()
                    + (each.terminating() ? " (terminating)" : ""))
            .collect(Collectors.joining(", "))
        + (more > 0 ? " and " + more + " more" : "");
  }

  /**
   * Does the next thing, if there is one to do, and says how far it is. Once its time has run out
   * it is closed, whatever the wish.
   *
   * @param order what it is for; where it stands on the workload already, that counts
   * @param writers who can write to the volume now
   */
  public WindowState advance(Wish wish, WindowRecord order, Supplier<RegistryWorkload> writers) {
    Optional<Workload> found = workloads.get(namespace, ref);
    if (found.isEmpty()) {
      return wish == Wish.CLOSE
          ? new Closed()
          : new Trouble("WorkloadMissing", ref.kind() + " " + ref.name() + " is gone");
    }
    Workload workload = found.get();
    Optional<WindowRecord> record = WindowRecord.of(workload, client.getKubernetesSerialization());
    if (record.isPresent() && !record.get().uid().equals(order.uid())) {
      return wish == Wish.CLOSE
          ? new Closed() // ours is, and the other is for the sweep
          : behind(workload, record.get(), wish == Wish.OPEN && isOver(order));
    }
    if (wish == Wish.CLOSE || isOver(record.orElse(order))) {
      return close(workload, record);
    }
    if (record.isEmpty()) {
      return wish == Wish.KEEP ? reverted(workload) : begin(workload, order);
    }
    return isSet(workload, record.get())
        ? opened(workload, writers.get(), wish)
        : record.get().isSet() ? reverted(workload) : set(workload, record.get());
  }

  /** Only one can be open; the sweep closes the other one, once the pods let it. */
  private WindowState behind(Workload workload, WindowRecord other, boolean isLate) {
    return isLate
        ? new Trouble(
            "WindowNotOpened",
            "the window of collection "
                + other.collection()
                + " is still on "
                + workload.title()
                + " ("
                + obstacles(workload)
                + "); it is closed once all of its pods are ready, or when you take the annotation "
                + WindowRecord.ANNOTATION
                + " and the variable "
                + ReadOnlyVariable.NAME
                + " from it")
        : new Opening("waits until the window of " + other.collection() + " is closed");
  }

  /** Why its pods are not as its template says, or how far they are. */
  private static String obstacles(Workload workload) {
    return workload.obstacle().map(each -> each + "; ").orElse("") + workload.rollout();
  }

  private boolean isOver(WindowRecord record) {
    return !clock.instant().isBefore(record.until());
  }

  private static boolean isSet(Workload workload, WindowRecord record) {
    return workload.template().getSpec().getContainers().stream()
        .filter(each -> each.getName().equals(record.container()))
        .flatMap(each -> each.getEnv().stream())
        .anyMatch(ReadOnlyWindow::isOurs);
  }

  private static boolean isOurs(EnvVar variable) {
    return variable.getName().equals(ReadOnlyVariable.NAME)
        && ReadOnlyVariable.VALUE.equals(variable.getValue());
  }

  private WindowState begin(Workload workload, WindowRecord order) {
    Optional<Container> container =
        workload.template().getSpec().getContainers().stream()
            .filter(each -> each.getName().equals(order.container()))
            .findFirst();
    if (container.isEmpty()) {
      return new Trouble(
          "ContainerMissing", workload.title() + " has no container " + order.container());
    }
    if (workload.obstacle().isPresent()) {
      return new Trouble(
          "RolloutBlocked",
          workload.title() + " does not replace its pods: " + workload.obstacle().get());
    }
    if (container.get().getEnv().stream()
        .anyMatch(each -> each.getName().equals(ReadOnlyVariable.NAME))) {
      return new Trouble(
          "WindowConflict",
          "container "
              + order.container()
              + " of "
              + workload.title()
              + " has a variable "
              + ReadOnlyVariable.NAME
              + " already; remove it");
    }
    return apply(workload, order, false)
        .orElseGet(() -> new Opening("its intent is written on " + workload.title()));
  }

  private WindowState set(Workload workload, WindowRecord record) {
    return apply(workload, record.set(), true)
        .orElseGet(() -> new Opening("the variable is set on " + workload.title()));
  }

  /** Says what of the workload is ours; trouble where it is not taken. */
  private Optional<WindowState> apply(Workload workload, WindowRecord record, boolean variable) {
    Map<String, Object> container =
        Map.of(
            "name",
            record.container(),
            "env",
            List.of(Map.of("name", ReadOnlyVariable.NAME, "value", ReadOnlyVariable.VALUE)));
    try {
      workloads.apply(
          workload,
          WindowRecord.MANAGER,
          false,
          intent(record.text(client.getKubernetesSerialization())),
          variable ? Map.of("spec", Map.of("containers", List.of(container))) : null);
      return Optional.empty();
    } catch (KubernetesClientException e) {
      if (e.getCode() == HttpURLConnection.HTTP_CONFLICT || e.getCode() == UNPROCESSABLE) {
        return Optional.of(
            new Trouble(
                "WindowConflict",
                workload.title()
                    + " cannot be made read-only, since somebody else has set "
                    + ReadOnlyVariable.NAME
                    + " or the annotation "
                    + WindowRecord.ANNOTATION
                    + "; remove that: "
                    + e.getStatus().getMessage()));
      }
      throw e;
    }
  }

  /** Pods that come and go inside of it are read-only: only what can write ends it. */
  private WindowState opened(Workload workload, RegistryWorkload writers, Wish wish) {
    if (wish == Wish.OPEN && !workload.rollout().isDone()) {
      return new Opening(workload.title() + " is made read-only: " + workload.rollout());
    }
    Optional<Instant> since = writers.writersSince();
    if (writers.takingWrites().isEmpty() && since.isPresent()) {
      return new Open(since.get());
    }
    String names =
        writers.takingWrites().isEmpty()
            ? "a container that was not seen to end"
            : names(writers.takingWrites());
    return wish == Wish.OPEN
        ? new Opening("waits for what can write to the volume to end: " + names)
        : new Trouble(
            "WindowBroken",
            "this can write to the volume while " + workload.title() + " is read-only: " + names);
  }

  private static WindowState reverted(Workload workload) {
    return new Trouble(
        "WindowReverted",
        "somebody took "
            + ReadOnlyVariable.NAME
            + " or the annotation "
            + WindowRecord.ANNOTATION
            + " from "
            + workload.title()
            + " while it was to be read-only; have GitOps ignore them (Argo CD:"
            + " spec.ignoreDifferences with managedFieldsManagers: ["
            + WindowRecord.MANAGER
            + "])");
  }

  private WindowState close(Workload workload, Optional<WindowRecord> record) {
    Map<String, Object> own = WindowRecord.ownFields(workload);
    if (own.containsKey("f:spec")) {
      workloads.apply(workload, WindowRecord.MANAGER, false, intent(workload), null);
      return new Closing("the variable is removed from " + workload.title());
    }
    if (record.isEmpty() && own.isEmpty()) {
      return new Closed();
    }
    if (record.isPresent() && !workload.rollout().isDone()) {
      return new Closing(workload.title() + " is made to write again: " + obstacles(workload));
    }
    if (own.isEmpty()) {
      // Written on again by somebody, as kubectl edit does, it is not ours any more.
      workloads.removeAnnotation(workload, WindowRecord.ANNOTATION);
    } else {
      workloads.apply(workload, WindowRecord.MANAGER, false, Map.of(), null);
    }
    return new Closing("the intent is removed from " + workload.title());
  }

  private static Map<String, Map<String, String>> intent(String text) {
    return Map.of(
        "labels",
        Map.of(WindowRecord.LABEL, ""),
        "annotations",
        Map.of(WindowRecord.ANNOTATION, text));
  }

  /** As it stands there, whoever wrote that: what is equal is no conflict. */
  private static Map<String, Map<String, String>> intent(Workload workload) {
    ObjectMeta metadata = workload.object().getMetadata();
    Map<String, Map<String, String>> intent = new HashMap<>();
    keep(metadata.getLabels(), WindowRecord.LABEL).ifPresent(own -> intent.put("labels", own));
    keep(metadata.getAnnotations(), WindowRecord.ANNOTATION)
        .ifPresent(own -> intent.put("annotations", own));
    return intent;
  }

  private static Optional<Map<String, String>> keep(
      @Nullable Map<String, String> all, String name) {
    return Optional.ofNullable(all).map(each -> each.get(name)).map(value -> Map.of(name, value));
  }

  /** The order under which whatever stands on a workload can be closed. */
  static WindowRecord found(Workload workload, KubernetesClient client) {
    return WindowRecord.of(workload, client.getKubernetesSerialization())
        .orElse(new WindowRecord("", "", "", "", Instant.EPOCH, true));
  }
}
