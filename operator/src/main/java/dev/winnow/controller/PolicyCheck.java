package dev.winnow.controller;

import dev.winnow.api.Condition;
import dev.winnow.api.Problem;
import dev.winnow.api.Registry;
import dev.winnow.api.RegistryChecks;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.controller.PolicyVerdict.Stalled;
import dev.winnow.controller.PolicyVerdict.Waiting;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.retention.PolicyCompiler;
import dev.winnow.retention.Rules;
import dev.winnow.run.NotYetSupported;
import dev.winnow.schedule.ScheduleCheck;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Finds out whether a policy can run: its own spec, its registry, and the other policies of that
 * registry, wherever they live, since each of them may keep what this one would delete.
 */
final class PolicyCheck {
  private static final int SHOWN = 5;

  private final World world;

  /** By UID; compiling a policy again for each of its neighbours would take long. */
  private final Map<String, Compiled> compiled = new ConcurrentHashMap<>();

  private record Compiled(@Nullable Long generation, @Nullable CompiledPolicy policy, String bad) {}

  PolicyCheck(World world) {
    this.world = world;
  }

  /** Forgets a policy that is gone. */
  void forget(RetentionPolicyResource policy) {
    compiled.remove(policy.getMetadata().getUid());
  }

  /** What is wrong with the policy's own spec; empty when nothing is. */
  String problem(RetentionPolicyResource policy) {
    return compile(policy).bad();
  }

  PolicyVerdict check(RetentionPolicyResource policy) {
    Compiled own = compile(policy);
    RetentionPolicy.Spec spec = Specs.of(policy).orElse(null);
    if (own.policy() == null || spec == null) {
      return new Stalled("Invalid", own.bad());
    }
    String namespace = policy.getMetadata().getNamespace();
    Optional<RegistryResource> registry =
        world.registries.get(namespace, spec.registryRef().name());
    List<NotYetSupported.Refused> refused = NotYetSupported.in(spec, hasVolume(registry));
    if (!refused.isEmpty()) {
      return new Waiting(refused.getFirst().lack().name(), refusals(refused));
    }
    if (registry.isEmpty()) {
      return new Stalled(
          "RegistryMissing",
          "spec.registryRef.name: there is no Registry "
              + spec.registryRef().name()
              + " in namespace "
              + namespace
              + "; create it, or name another");
    }
    Waiting unusable = unusable(registry.get());
    Registry.Spec registrySpec = Specs.of(registry.get()).orElse(null);
    if (unusable != null || registrySpec == null) {
      return unusable == null ? new Waiting("RegistryNotReady", "") : unusable;
    }
    return withOthers(policy, spec, registry.get(), registrySpec, own.policy());
  }

  /** Whether a Job can look when tags were pushed. */
  private static boolean hasVolume(Optional<RegistryResource> registry) {
    return registry.flatMap(Specs::of).map(Registry.Spec::storage).isPresent();
  }

  private PolicyVerdict withOthers(
      RetentionPolicyResource policy,
      RetentionPolicy.Spec spec,
      RegistryResource registry,
      Registry.Spec registrySpec,
      CompiledPolicy own) {
    String hostPort = Specs.hostPort(registrySpec);
    // Looked at once: what the rules are made of is what the basis tells.
    List<RetentionPolicyResource> living = living(hostPort);
    List<CompiledPolicy> others = new ArrayList<>();
    List<RetentionPolicy.Spec> specs = new ArrayList<>();
    Map<String, String> bad = new LinkedHashMap<>();
    for (RetentionPolicyResource other : living) {
      if (World.key(other).equals(World.key(policy))) {
        continue;
      }
      Compiled its = compile(other);
      if (world.isStray(other)) {
        bad.put(World.key(other), lostRegistry(other));
      } else if (its.policy() == null) {
        bad.put(World.key(other), its.bad());
      } else {
        others.add(its.policy());
        Specs.of(other).ifPresent(specs::add);
      }
    }
    PolicyVerdict.Ready ready =
        new PolicyVerdict.Ready(
            policy,
            spec,
            registry,
            registrySpec,
            hostPort,
            new Rules(own, others),
            specs,
            basis(living));
    return bad.isEmpty() ? ready : new PolicyVerdict.Obstructed(ready, obstruction(bad));
  }

  /** Names all that are to be mended, and says of the first few what is wrong. */
  private static String obstruction(Map<String, String> bad) {
    String names = String.join(", ", bad.keySet());
    String problems =
        bad.entrySet().stream()
            .limit(SHOWN)
            .map(each -> each.getKey() + ": " + each.getValue())
            .collect(Collectors.joining("; "));
    return bad.size() == 1
        ? "policy "
            + names
            + " of the same registry is not valid, and could be the one that keeps an image; mend"
            + " or delete it: "
            + problems
        : "policies "
            + names
            + " of the same registry are not valid, and each could be the one that keeps an image;"
            + " mend or delete them: "
            + problems;
  }

  private static String lostRegistry(RetentionPolicyResource policy) {
    return "spec.registryRef.name: there is no usable Registry "
        + Specs.registryOf(policy).orElse("of that name")
        + " in its namespace, so that nobody knows which registry it is about";
  }

  /** The policies of a registry that count, in a form that changes with each of them. */
  String basis(String hostPort) {
    return basis(living(hostPort));
  }

  private String basis(List<RetentionPolicyResource> policies) {
    return policies.stream()
        .map(each ->
            each.getMetadata().getUid()
                + ":"
                + each.getMetadata().getGeneration()
                + (world.isStray(each) ? ":stray" : ""))
        .collect(Collectors.joining(" "));
  }

  /** The policies of a registry, without those that are being deleted, in a stable order. */
  private List<RetentionPolicyResource> living(String hostPort) {
    return world.policiesOf(hostPort).stream()
        .filter(each -> each.getMetadata().getDeletionTimestamp() == null)
        .sorted(Comparator.comparing(World::key))
        .toList();
  }

  /** Why a registry cannot be used by any policy; null when nothing speaks against it. */
  private @Nullable Waiting unusable(RegistryResource registry) {
    String name = "Registry " + registry.getMetadata().getName() + ": ";
    Registry.Spec spec = Specs.of(registry).orElse(null);
    if (spec == null) {
      return new Waiting("RegistryNotReady", name + Specs.problem(registry));
    }
    List<Problem> problems = RegistryChecks.check(spec);
    if (!problems.isEmpty()) {
      return new Waiting("RegistryNotReady", name + text(problems));
    }
    Optional<Waiting> lack = DeletionByVolume.lack(spec);
    if (lack.isPresent()) {
      return new Waiting(lack.get().reason(), name + lack.get().message());
    }
    return Duplicates.earlier(registry, world)
        .map(first -> new Waiting("DuplicateRegistry", name + Duplicates.message(World.key(first))))
        .orElse(null);
  }

  private Compiled compile(RetentionPolicyResource policy) {
    return compiled.compute(
        policy.getMetadata().getUid(),
        (uid, before) ->
            before != null
                    && before.generation() != null
                    && before.generation().equals(policy.getMetadata().getGeneration())
                ? before
                : compileAfresh(policy));
  }

  private static Compiled compileAfresh(RetentionPolicyResource policy) {
    Long generation = policy.getMetadata().getGeneration();
    RetentionPolicy.Spec spec = Specs.of(policy).orElse(null);
    if (spec == null) {
      return new Compiled(generation, null, Specs.problem(policy));
    }
    PolicyCompiler.Result result = PolicyCompiler.compile(World.key(policy), spec);
    List<Problem> problems = new ArrayList<>(result.problems());
    ScheduleCheck.of("spec.schedule", spec.schedule()).ifPresent(problems::add);
    return problems.isEmpty()
        ? new Compiled(generation, result.policy(), "")
        : new Compiled(generation, null, text(problems));
  }

  private static String refusals(List<NotYetSupported.Refused> refused) {
    return text(refused.stream().map(NotYetSupported.Refused::problem).toList());
  }

  static String text(List<Problem> problems) {
    String first =
        problems.stream()
            .limit(SHOWN)
            .map(problem -> problem.path() + ": " + problem.message())
            .collect(Collectors.joining("; "));
    return problems.size() <= SHOWN
        ? first
        : first + "; and " + (problems.size() - SHOWN) + " more";
  }

  /** What a registry itself says against being ready; null when it is, or was not asked yet. */
  static @Nullable Condition notReady(RegistryResource registry) {
    return registry.getStatus() == null
        ? null
        : Condition.find(registry.getStatus().conditions(), Conditions.READY)
            .filter(ready -> ready.status() != Condition.Status.True)
            .orElse(null);
  }
}
