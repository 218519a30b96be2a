package dev.winnow.collect;

import dev.winnow.api.Registry;
import dev.winnow.api.SeenWriters;
import dev.winnow.api.Storage;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.collect.RegistryWorkload.SecurityIds;
import dev.winnow.collect.RegistryWorkload.TakesWrites;
import dev.winnow.collect.RegistryWorkload.Writer;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.PodSecurityContext;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.SecurityContext;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Reads what the cluster says of a registry's workload: from its pods and those of others on its
 * claim, and from what they are configured by. What it must remember until the next look is written
 * into the Registry's status before anything is told.
 */
public final class ClusterWorkloads implements AutoCloseable {
  private static final String SINGLE_POD = "ReadWriteOncePod";
  private static final Set<String> ONE_NODE = Set.of("ReadWriteOnce", SINGLE_POD);
  private static final Set<String> ENDS = Set.of("Succeeded", "Failed");

  private final KubernetesClient client;
  private final Workloads workloads;
  private final OtherCleaners cleaners;
  private final WriterWatch watch;
  private final InstantSource clock;

  /**
   * @param changed called with a namespace in which a container has ended, so that it is looked at
   *     and not forgotten
   */
  public ClusterWorkloads(KubernetesClient client, InstantSource clock, Consumer<String> changed) {
    this.client = client;
    this.workloads = new Workloads(client);
    this.cleaners = new OtherCleaners(client);
    this.watch = new WriterWatch(client, clock, changed);
    this.clock = clock;
  }

  /** Looks once. */
  public Reading look(RegistryResource registry, Registry.Spec spec) {
    Storage storage = Objects.requireNonNull(spec.storage(), "only what has storage is looked at");
    String namespace = registry.getMetadata().getNamespace();
    watch.follow(namespace);
    PersistentVolumeClaim claim =
        client.persistentVolumeClaims().inNamespace(namespace).withName(storage.claimName()).get();
    Optional<Workload> workload =
        Optional.ofNullable(storage.workloadRef()).flatMap(ref -> workloads.get(namespace, ref));
    // Their ends are heard by now, so that none can fall between the list and that.
    PodList listed = client.pods().inNamespace(namespace).list();
    List<Pod> pods = listed.getItems();
    List<VolumeUser> users =
        pods.stream().flatMap(pod -> VolumeUser.of(pod, storage.claimName()).stream()).toList();
    Configurations configurations = new Configurations(client, namespace);
    configurations.read(users, workload);
    WriterMemory memory =
        watch.remember(registry, claim, users, configurations.digests(), version(listed));

    WorkloadFindings findings =
        new WorkloadFindings(storage, namespace, workload, users, configurations);
    findings.refuseWorkload();
    findings.refuseClaim(claim);
    findings.refuseProducts();
    OtherCleaners.Found others = cleaners.of(namespace, storage.claimName(), pods);
    others.certain().forEach(findings::refuse);
    others.possible().forEach(findings::remark);
    String root = findings.rootDirectory();
    CacheFinding caches = new CacheFinding(storage, users, configurations, memory, findings);
    RegistryWorkload.Cache cache = caches.cache();
    memory.overflow().ifPresent(findings::remark);
    WriterWatch.unseen(registry, memory.unseen(users)).forEach(findings::remark);
    return new Reading(
        new RegistryWorkload(
            cache,
            root,
            takingWrites(workload, caches.takingWrites()),
            writers(users, memory),
            memory.since(users, clock.instant()),
            findings.refusals(),
            ids(workload, users),
            node(claim, pods)),
        findings.remarks(),
        findings.redis(),
        metrics(users, configurations),
        new ServingPods(workload, configurations).of(users));
  }

  private static String version(PodList pods) {
    return pods.getMetadata().getResourceVersion();
  }

  /** Those that run, and those that were not seen to have ended. */
  private static List<Writer> writers(List<VolumeUser> users, WriterMemory memory) {
    List<Writer> writers = new ArrayList<>();
    for (VolumeUser user : users) {
      user.running()
          .ifPresent(id ->
              writers.add(
                  new Writer(
                      user.pod().getMetadata().getName(),
                      user.pod().getMetadata().getUid(),
                      user.node(),
                      user.container().getName(),
                      id,
                      user.startedAt(),
                      user.isTerminating())));
    }
    for (SeenWriters.Container each : memory.unseen(users)) {
      writers.add(
          new Writer(
              each.pod(), each.uid(), each.node(), each.name(), each.id(), each.startedAt(), true));
    }
    return writers;
  }

  private static List<TakesWrites> takingWrites(
      Optional<Workload> workload, List<VolumeUser> users) {
    return users.stream()
        .map(user ->
            new TakesWrites(
                user.pod().getMetadata().getName(),
                user.container().getName(),
                user.isTerminating(),
                workload.filter(of -> isReplaced(of, user)).isPresent()))
        .toList();
  }

  /** The registry's container, and what somebody has put beside it for a while. */
  private static boolean isReplaced(Workload workload, VolumeUser user) {
    return isRegistry(workload, user)
        || (user.isEphemeral() && WorkloadFindings.isOf(workload, user));
  }

  private static boolean isRegistry(Workload workload, VolumeUser user) {
    return WorkloadFindings.isOf(workload, user)
        && workload
            .container()
            .filter(each -> each.getName().equals(user.container().getName()))
            .isPresent();
  }

  private static Map<String, URI> metrics(List<VolumeUser> users, Configurations configurations) {
    Map<String, URI> metrics = new HashMap<>();
    for (VolumeUser user : users) {
      @Nullable String address =
          user.pod().getStatus() == null ? null : user.pod().getStatus().getPodIP();
      Optional<RegistryConfig.Metrics> told = configurations.of(user).config().metrics();
      if (address != null && user.running().isPresent() && told.isPresent()) {
        String host = address.contains(":") ? "[" + address + "]" : address;
        metrics.put(
            user.running().get(),
            URI.create("http://" + host + ":" + told.get().port() + told.get().path()));
      }
    }
    return metrics;
  }

  /**
   * Those of the registry's container, else those of its pod, each by itself. What the workload
   * does not say a cluster may have said to its pods; where no workload is named, a pod that is
   * there says it. Empty when the image decides.
   */
  private static Optional<SecurityIds> ids(Optional<Workload> workload, List<VolumeUser> users) {
    Optional<Container> container = workload.flatMap(Workload::container);
    List<SecurityIds> said = new ArrayList<>();
    workload.ifPresent(each -> said.add(ids(each.template().getSpec(), container)));
    users.stream()
        .filter(VolumeUser::mayRun)
        .filter(user -> workload.isEmpty() || isRegistry(workload.get(), user))
        .max(
            Comparator.comparing((VolumeUser user) -> !user.isTerminating())
                .thenComparing(VolumeUser::startedAt))
        .ifPresent(user -> said.add(ids(user.pod().getSpec(), Optional.of(user.container()))));
    return said.stream().reduce(SecurityIds::or).filter(SecurityIds::saysAnything);
  }

  private static SecurityIds ids(PodSpec pod, Optional<Container> container) {
    Optional<PodSecurityContext> all = Optional.ofNullable(pod.getSecurityContext());
    Optional<SecurityContext> own = container.map(Container::getSecurityContext);
    return new SecurityIds(
        own.map(SecurityContext::getRunAsUser)
            .or(() -> all.map(PodSecurityContext::getRunAsUser))
            .orElse(null),
        own.map(SecurityContext::getRunAsGroup)
            .or(() -> all.map(PodSecurityContext::getRunAsGroup))
            .orElse(null),
        all.map(PodSecurityContext::getFsGroup).orElse(null),
        all.map(PodSecurityContext::getSupplementalGroups).orElse(List.of()),
        own.map(SecurityContext::getSeLinuxOptions)
            .or(() -> all.map(PodSecurityContext::getSeLinuxOptions))
            .orElse(null));
  }

  /** Where a volume is that only one node can have. */
  private static Optional<String> node(@Nullable PersistentVolumeClaim claim, List<Pod> pods) {
    if (claim == null || !ONE_NODE.containsAll(modes(claim))) {
      return Optional.empty();
    }
    return pods.stream()
        .filter(pod -> VolumeUser.has(pod.getSpec(), claim.getMetadata().getName()))
        .filter(pod -> pod.getStatus() == null || !ENDS.contains(pod.getStatus().getPhase()))
        .map(pod -> pod.getSpec().getNodeName())
        .filter(Objects::nonNull)
        .findFirst();
  }

  private static List<String> modes(PersistentVolumeClaim claim) {
    return claim.getStatus() == null || claim.getStatus().getAccessModes().isEmpty()
        ? claim.getSpec().getAccessModes()
        : claim.getStatus().getAccessModes();
  }

  static boolean isSinglePod(@Nullable PersistentVolumeClaim claim) {
    return claim != null && modes(claim).equals(List.of(SINGLE_POD));
  }

  @Override
  public void close() {
    watch.close();
  }
}
