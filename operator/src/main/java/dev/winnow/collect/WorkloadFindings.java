package dev.winnow.collect;

import dev.winnow.api.Storage;
import dev.winnow.api.Storage.WorkloadRef;
import dev.winnow.collect.RegistryWorkload.Refusal;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What follows from what a look saw: what forbids a collection, and what people should know. */
final class WorkloadFindings {
  private final Storage storage;
  private final String namespace;
  private final Optional<Workload> workload;
  private final List<VolumeUser> users;
  private final Configurations configurations;
  private final Set<Refusal> refusals = new LinkedHashSet<>();
  private final Set<String> remarks = new LinkedHashSet<>();

  WorkloadFindings(
      Storage storage,
      String namespace,
      Optional<Workload> workload,
      List<VolumeUser> users,
      Configurations configurations) {
    this.storage = storage;
    this.namespace = namespace;
    this.workload = workload;
    this.users = users;
    this.configurations = configurations;
    all().forEach(each -> remarks.addAll(each.remarks()));
  }

  /** How each container is configured that there is, and those that are to come. */
  private Stream<RegistryContainer> all() {
    return Stream.concat(
            configurations.ofTemplate().stream(), users.stream().map(configurations::of))
        .distinct();
  }

  void refuse(Refusal refusal) {
    refusals.add(refusal);
  }

  void refuse(String reason, String message) {
    refuse(new Refusal(reason, message));
  }

  void remark(String remark) {
    remarks.add(remark);
  }

  /** A workload that is not there, or of which one cannot tell which container it is. */
  void refuseWorkload() {
    WorkloadRef ref = storage.workloadRef();
    if (ref == null) {
      return;
    }
    if (workload.isEmpty()) {
      refuse(
          "WorkloadMissing",
          "spec.storage.workloadRef: there is no "
              + ref.kind()
              + " "
              + ref.name()
              + " in namespace "
              + namespace);
      return;
    }
    if (workload.get().container().isEmpty()) {
      String names =
          workload.get().template().getSpec().getContainers().stream()
              .map(Container::getName)
              .collect(Collectors.joining(", "));
      refuse(
          "ContainerMissing",
          "spec.storage.workloadRef.container: "
              + (ref.container() == null
                  ? workload.get().title() + " has several containers; name one of "
                  : workload.get().title() + " has no container " + ref.container() + ", but ")
              + names);
    }
  }

  /** A claim that is not there, not of the workload, or not for a second pod. */
  void refuseClaim(@Nullable PersistentVolumeClaim claim) {
    String name = storage.claimName();
    if (claim == null) {
      refuse(
          "ClaimMissing",
          "spec.storage.claimName: there is no PersistentVolumeClaim "
              + name
              + " in namespace "
              + namespace);
      return;
    }
    workload
        .filter(each -> each.container().isPresent() && claimMounts(each).isEmpty())
        .ifPresent(each ->
            refuse(
                "ClaimNotOfWorkload",
                "spec.storage.claimName: container "
                    + each.container().map(Container::getName).orElse("")
                    + " of "
                    + each.title()
                    + " does not mount claim "
                    + name
                    + "; name the claim that it mounts"));
    if (ClusterWorkloads.isSinglePod(claim)) {
      refuse(
          "ReadWriteOncePod",
          "claim "
              + name
              + " has access mode ReadWriteOncePod, so that no second pod can have the volume beside"
              + " the registry: use a claim with ReadWriteOnce");
    }
  }

  /** The names by which the template's volumes, or those of its claim templates, are the claim. */
  private List<VolumeMount> claimMounts(Workload of) {
    Container container = of.container().orElseThrow();
    PodSpec pod = of.template().getSpec();
    Set<String> templates =
        of.claimTemplates().stream()
            .filter(each ->
                storage.claimName().matches("\\Q" + each + "-" + of.ref().name() + "-\\E\\d+"))
            .collect(Collectors.toSet());
    return Stream.concat(
            VolumeUser.mounts(pod, container, storage.claimName()),
            container.getVolumeMounts().stream()
                .filter(mount -> templates.contains(mount.getName())))
        .toList();
  }

  /** Registries that are not ours to collect. */
  void refuseProducts() {
    Stream<Container> containers =
        Stream.concat(
            workload.stream().flatMap(each -> VolumeUser.containers(each.template().getSpec())),
            users.stream().map(VolumeUser::container));
    containers
        .flatMap(each -> Product.of(each).stream())
        .distinct()
        .forEach(each -> refuse("UnsupportedRegistry", each.message()));
    driver()
        .filter(driver -> !driver.equals("filesystem"))
        .ifPresent(driver ->
            refuse(
                "UnsupportedStorage",
                "the registry stores with the driver "
                    + driver
                    + "; only what is on a file system can be collected"));
    proxyUrl()
        .ifPresent(url ->
            refuse(
                "PullThroughCache",
                "the registry is a pull-through cache of "
                    + url.replaceFirst("//.*@", "//") // a user and a password are nobody else's
                    + ", which expires by itself (proxy.ttl) and is not collected"));
  }

  Optional<String> driver() {
    return said(RegistryConfig::driver);
  }

  Optional<String> proxyUrl() {
    return said(RegistryConfig::proxyUrl);
  }

  /** The one Redis of all; while some have another one still, no answer of either says enough. */
  RedisFinding redis() {
    List<RedisFinding> found = all().flatMap(each -> each.redis().stream()).distinct().toList();
    return switch (found.size()) {
      case 0 -> new RedisFinding.Unknown("its configuration does not say where that is");
      case 1 -> found.getFirst();
      default ->
          new RedisFinding.Unknown(
              "not all of its containers are configured with the same one: until they are, nothing"
                  + " of one says what the other knows");
    };
  }

  /** What one of them says. */
  private Optional<String> said(Function<RegistryConfig, Optional<String>> of) {
    return all()
        .map(RegistryContainer::config)
        .flatMap(each -> of.apply(each).stream())
        .findFirst();
  }

  /** Where the store is on the volume. */
  String rootDirectory() {
    String said = ClaimPath.relative(storage.rootDirectory());
    List<Rooted> rooted = refusesClaim() ? List.of() : rooted();
    if (rooted.isEmpty()
        || rooted.stream().anyMatch(each -> each.onVolume().equals(Optional.of(said)))) {
      return said;
    }
    String root = rooted.getFirst().root();
    Optional<String> found = rooted.getFirst().onVolume();
    if (found.isEmpty()) {
      refuse(
          "RootDirectoryElsewhere",
          "the registry's root directory "
              + root
              + " is not on claim "
              + storage.claimName()
              + "; name the claim that is mounted there");
    } else {
      refuse(
          "RootDirectoryContradicted",
          "spec.storage.rootDirectory is \""
              + storage.rootDirectory()
              + "\", but the registry's root directory "
              + root
              + " is \""
              + found.get()
              + "\" on the volume; set that");
    }
    return found.orElse(said);
  }

  /**
   * Where a container of the registry has its store, as that sees it.
   *
   * @param onVolume the same on the volume; empty where that is not mounted there
   */
  private record Rooted(String root, Optional<String> onVolume) {}

  /**
   * That of the pods to come; where no workload is named, those of all that are there: nobody says
   * which of them is the registry.
   */
  private List<Rooted> rooted() {
    if (workload.isPresent()) {
      return rooted(
              configurations.ofTemplate().orElseThrow(),
              workload.get().template().getSpec(),
              workload.get().container().orElseThrow(),
              claimMounts(workload.get()))
          .stream()
          .toList();
    }
    return users.stream()
        .filter(VolumeUser::mayRun)
        .flatMap(user -> {
          PodSpec pod = user.pod().getSpec();
          List<VolumeMount> mounts =
              VolumeUser.mounts(pod, user.container(), storage.claimName()).toList();
          return rooted(configurations.of(user), pod, user.container(), mounts).stream();
        })
        .toList();
  }

  /** Empty where its configuration does not say it, or a path that nobody can know beforehand. */
  private Optional<Rooted> rooted(
      RegistryContainer registry, PodSpec pod, Container container, List<VolumeMount> mounts) {
    return ClaimPath.isByExpression(pod, container, storage.claimName())
        ? Optional.empty()
        : registry
            .config()
            .rootDirectory()
            .map(root -> new Rooted(root, ClaimPath.of(mounts.stream(), root)));
  }

  private boolean refusesClaim() {
    return refusals.stream()
        .anyMatch(each ->
            Set.of("ClaimMissing", "ClaimNotOfWorkload", "ContainerMissing")
                .contains(each.reason()));
  }

  List<Refusal> refusals() {
    return List.copyOf(refusals);
  }

  List<String> remarks() {
    List<String> all = new ArrayList<>(remarks);
    workload.ifPresent(of ->
        users.stream()
            .filter(user -> !isOf(of, user))
            .map(user ->
                "pod "
                    + user.pod().getMetadata().getName()
                    + " has the claim for writing and is not of "
                    + of.title()
                    + "; if it need not write, mount it there with readOnly: true")
            .distinct()
            .forEach(all::add));
    return all;
  }

  /** Whether a pod was made for a workload; ReplicaSets are called after their Deployment. */
  static boolean isOf(Workload workload, VolumeUser user) {
    return user.pod().getMetadata().getOwnerReferences().stream()
        .filter(owner -> Boolean.TRUE.equals(owner.getController()))
        .anyMatch(owner ->
            owner.getUid().equals(workload.object().getMetadata().getUid())
                || (owner.getKind().equals("ReplicaSet")
                    && owner.getName().matches("\\Q" + workload.ref().name() + "-\\E[^-]+")));
  }
}
