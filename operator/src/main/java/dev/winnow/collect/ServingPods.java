package dev.winnow.collect;

import dev.winnow.collect.Reading.Serving;
import io.fabric8.kubernetes.api.model.ContainerPort;
import io.fabric8.kubernetes.api.model.Pod;
import java.net.URI;
import java.util.List;
import java.util.Optional;

/** Finds where each of the registry's pods can be asked by itself, and not through its Service. */
final class ServingPods {
  private final Optional<Workload> workload;
  private final Configurations configurations;

  ServingPods(Optional<Workload> workload, Configurations configurations) {
    this.workload = workload;
    this.configurations = configurations;
  }

  List<Serving> of(List<VolumeUser> users) {
    return users.stream()
        .filter(user -> user.running().isPresent() && isRegistry(user))
        .map(user -> new Serving(user.pod().getMetadata().getName(), address(user)))
        .toList();
  }

  /** Others that have the volume, as backups, are nobody to ask. */
  private boolean isRegistry(VolumeUser user) {
    return workload
        .map(of ->
            WorkloadFindings.isOf(of, user)
                && of.container()
                    .filter(each -> each.getName().equals(user.container().getName()))
                    .isPresent())
        .orElseGet(() -> serves(user).isPresent());
  }

  private Optional<URI> address(VolumeUser user) {
    Pod pod = user.pod();
    Optional<String> ip =
        Optional.ofNullable(pod.getStatus()).flatMap(of -> Optional.ofNullable(of.getPodIP()));
    return ip.flatMap(address ->
        serves(user)
            .map(it ->
                URI.create(
                    (it.tls() ? "https://" : "http://")
                        + (address.contains(":") ? "[" + address + "]" : address)
                        + ":"
                        + it.port())));
  }

  /** By its configuration, else by its only port. */
  private Optional<RegistryContainer.Serves> serves(VolumeUser user) {
    List<ContainerPort> ports = user.container().getPorts();
    return configurations
        .of(user)
        .serves()
        .or(() ->
            ports.size() == 1
                ? Optional.of(
                    new RegistryContainer.Serves(ports.getFirst().getContainerPort(), false))
                : Optional.empty());
  }
}
