package dev.winnow.cli;

import dev.winnow.api.Located;
import dev.winnow.api.Problem;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.api.ServiceNames;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.StoredSpec;
import dev.winnow.controller.Specs;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.retention.PolicyCompiler;
import dev.winnow.schedule.ScheduleCheck;
import io.fabric8.kubernetes.api.model.HasMetadata;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * The policies of a cluster that may keep what a policy of the command line would delete: all of
 * the same registry, wherever they live.
 */
final class ClusterPolicies {
  private final List<RegistryResource> registries;
  private final List<RetentionPolicyResource> policies;
  private final String namespace;

  private ClusterPolicies(
      List<RegistryResource> registries, List<RetentionPolicyResource> policies, String namespace) {
    this.registries = registries;
    this.policies = policies;
    this.namespace = namespace;
  }

  /**
   * Reads them.
   *
   * @param everywhere of all namespaces, or of one alone
   */
  static ClusterPolicies read(Cluster cluster, boolean everywhere) {
    return new ClusterPolicies(
        cluster.list(RegistryResource.class, everywhere),
        cluster.list(RetentionPolicyResource.class, everywhere),
        cluster.namespace());
  }

  /** What each of the works is kept from by the cluster's policies besides. */
  List<Inputs.Work> beside(List<Inputs.Work> works, List<Located<RetentionPolicy>> documents)
      throws CommandException {
    List<Inputs.Work> all = new ArrayList<>();
    for (Inputs.Work work : works) {
      String hostPort = Inputs.hostPort(work.registry());
      Set<String> replaced = new HashSet<>();
      for (int i = 0; i < works.size(); i++) {
        // A document stands for the policy of its name, as long as it is of the same registry.
        if (Inputs.hostPort(works.get(i).registry()).equals(hostPort)) {
          replaced.add(key(documents.get(i)));
        }
      }
      all.add(work.beside(others(hostPort, replaced)));
    }
    return all;
  }

  /**
   * The policies of a registry that count, by namespace and name.
   *
   * @param without those that do not
   * @throws CommandException when one of them is not valid: it could be the one that keeps
   */
  Map<String, Keeper> others(String hostPort, Set<String> without) throws CommandException {
    String address = ServiceNames.shortest(hostPort);
    Set<String> same = new HashSet<>();
    Set<String> unknown = new HashSet<>();
    Set<String> namespaces = new HashSet<>();
    Set<String> known = new HashSet<>();
    for (RegistryResource registry : registries) {
      known.add(key(registry));
      List<String> its = Specs.identities(registry);
      if (its.isEmpty()) {
        unknown.add(key(registry));
      } else if (its.contains(address) || Specs.aliases(registry).contains(address)) {
        same.add(key(registry));
        namespaces.add(registry.getMetadata().getNamespace());
      }
    }
    Map<String, Keeper> keepers = new LinkedHashMap<>();
    for (RetentionPolicyResource policy :
        policies.stream().sorted(Comparator.comparing(ClusterPolicies::key)).toList()) {
      String of = policy.getMetadata().getNamespace();
      if (without.contains(key(policy)) || policy.getMetadata().getDeletionTimestamp() != null) {
        continue;
      }
      RetentionPolicy.Spec spec = Cluster.spec(policy).orElse(null);
      String registry = spec == null ? "" : of + "/" + spec.registryRef().name();
      if (unknown.contains(registry)) {
        throw invalid(policy, "this version of Winnow does not find the address of " + registry);
      }
      if (spec != null && !known.contains(registry) && namespaces.contains(of)) {
        throw invalid(policy, "there is no Registry " + registry + ", so that it could be of any");
      }
      if (spec != null && same.contains(registry)) {
        keepers.put(key(policy), compile(policy, spec));
      } else if (spec == null && namespaces.contains(of)) {
        throw invalid(policy, notKnown(policy)); // of which registry it is, is not known either
      }
    }
    return keepers;
  }

  /**
   * A policy that counts.
   *
   * @param compiled how it decides
   * @param spec what it says
   */
  record Keeper(CompiledPolicy compiled, RetentionPolicy.Spec spec) {}

  private static Keeper compile(RetentionPolicyResource policy, RetentionPolicy.Spec spec)
      throws CommandException {
    PolicyCompiler.Result result = PolicyCompiler.compile(key(policy), spec);
    List<Problem> problems = new ArrayList<>(result.problems());
    ScheduleCheck.of("spec.schedule", spec.schedule()).ifPresent(problems::add);
    if (!problems.isEmpty()) {
      throw invalid(
          policy,
          problems.stream()
              .map(problem -> problem.path() + ": " + problem.message())
              .collect(Collectors.joining("; ")));
    }
    return new Keeper(result.policy(), spec);
  }

  private static String notKnown(RetentionPolicyResource policy) {
    return policy.getSpec()
            instanceof
            StoredSpec.NotKnown<RetentionPolicy.Spec>(String path, String message, var raw)
        ? path + ": this version of Winnow does not understand it: " + message
        : "spec: is missing";
  }

  private static CommandException invalid(RetentionPolicyResource policy, String why) {
    return new CommandException(
        Exit.REFUSED,
        "policy "
            + key(policy)
            + " of the cluster, of the same registry, is not valid (PolicyInvalid), and could be"
            + " the one that keeps an image; mend or delete it: "
            + why);
  }

  /** Where a document without a namespace goes, kubectl puts it into that of the context. */
  private String key(Located<RetentionPolicy> document) {
    String of =
        document.places().containsKey("metadata.namespace")
            ? document.value().metadata().namespace()
            : namespace;
    return of + "/" + document.value().metadata().name();
  }

  private static String key(HasMetadata resource) {
    return resource.getMetadata().getNamespace() + "/" + resource.getMetadata().getName();
  }
}
