package dev.winnow.controller;

import dev.winnow.api.Registry;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.retention.Rules;
import java.util.List;

/** Whether a policy can run now. */
sealed interface PolicyVerdict {
  /**
   * It can.
   *
   * @param policy the policy
   * @param spec what it wants
   * @param registry its registry
   * @param registrySpec how to reach it
   * @param hostPort which registry it is
   * @param rules the policy and the others of the registry
   * @param others what the others of the rules say
   * @param basis the policies that the rules were made from: when it is another, they are not right
   *     any more
   */
  record Ready(
      RetentionPolicyResource policy,
      RetentionPolicy.Spec spec,
      RegistryResource registry,
      Registry.Spec registrySpec,
      String hostPort,
      Rules rules,
      List<RetentionPolicy.Spec> others,
      String basis)
      implements PolicyVerdict {
    public Ready {
      others = List.copyOf(others);
    }
  }

  /**
   * A person has to change this policy first.
   *
   * @param reason why, in a word
   * @param message which field, and how
   */
  record Stalled(String reason, String message) implements PolicyVerdict {}

  /**
   * Something else has to change, or to be built.
   *
   * @param reason why, in a word
   * @param message what, and what to do
   */
  record Waiting(String reason, String message) implements PolicyVerdict {}

  /**
   * It can look, but delete nothing: another policy of the registry could be the one that keeps.
   *
   * @param look what it can look with: without what is not valid
   * @param message which policies are to be mended
   */
  record Obstructed(Ready look, String message) implements PolicyVerdict {
    static final String REASON = "PolicyInvalid";
  }
}
