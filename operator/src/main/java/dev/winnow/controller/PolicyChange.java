package dev.winnow.controller;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** What a change of its policy means for a run that is not over: its plan is void. */
final class PolicyChange {
  private PolicyChange() {}

  /** Why a run that was begun by a policy cannot go on; null when it can. */
  static @Nullable Failure of(RetentionRunResource run, RetentionRunStatus status, World world) {
    String name = Specs.of(run).map(spec -> spec.policyRef().name()).orElse("");
    return of(world.policies.get(run.getMetadata().getNamespace(), name), name, status);
  }

  /** The same of the policy as it was looked up. */
  static @Nullable Failure of(
      Optional<RetentionPolicyResource> policy, String name, RetentionRunStatus status) {
    Optional<RetentionPolicyResource> now =
        policy.filter(there -> there.getMetadata().getDeletionTimestamp() == null);
    if (now.isEmpty() || !Objects.equals(now.get().getMetadata().getUid(), status.policyUid())) {
      return deleted(name);
    }
    return Objects.equals(now.get().getMetadata().getGeneration(), status.policyGeneration())
        ? null
        : changed(name);
  }

  /** Why what a policy began cannot go on, when it is known that it cannot. */
  static Failure of(RetentionPolicyResource policy, World world) {
    String name = policy.getMetadata().getName();
    boolean there =
        world
            .policies
            .get(policy.getMetadata().getNamespace(), name)
            .filter(now -> now.getMetadata().getDeletionTimestamp() == null)
            .filter(
                now -> Objects.equals(now.getMetadata().getUid(), policy.getMetadata().getUid()))
            .isPresent();
    return there ? changed(name) : deleted(name);
  }

  private static Failure changed(String name) {
    return new Failure(
        "PolicyChanged",
        "policy " + name + " was changed after this was planned; run it again",
        false);
  }

  private static Failure deleted(String name) {
    return new Failure("PolicyDeleted", "policy " + name + " was deleted", false);
  }
}
