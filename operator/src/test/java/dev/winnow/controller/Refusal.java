package dev.winnow.controller;

import static org.awaitility.Awaitility.await;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Makes the API server refuse some of what is written in a world, until it is lifted. */
final class Refusal implements AutoCloseable {
  /** What the API server says. */
  static final String MESSAGE = "refused by the test";

  private final OperatorWorld world;
  private final String name;
  private final Pattern count;
  private final int before;
  private boolean lifted;

  /**
   * Returns once it is in force.
   *
   * @param writes what is looked at: a resource rule, without its braces
   * @param expression what has to hold for it
   * @param reason as the API server knows it; the status follows from it
   * @param probe what is refused then; a dry run
   */
  Refusal(OperatorWorld world, String writes, String expression, String reason, Runnable probe) {
    this.world = world;
    this.name = "refusal-" + world.namespace();
    this.count =
        Pattern.compile(
            "apiserver_validating_admission_policy_check_total\\{[^}]*\"deny\"[^}]*policy=\""
                + name
                + "\"[^}]*} (\\d+)");
    world.apply(
        """
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicy
        metadata: {name: %1$s}
        spec:
          matchConstraints: {resourceRules: [{%2$s}]}
          validations: [{expression: "%3$s", reason: %4$s, message: %5$s}]
        ---
        apiVersion: admissionregistration.k8s.io/v1
        kind: ValidatingAdmissionPolicyBinding
        metadata: {name: %1$s}
        spec:
          policyName: %1$s
          validationActions: [Deny]
          matchResources:
            namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %6$s}}
        """
            .formatted(name, writes, expression, reason, MESSAGE, world.namespace()));
    await().atMost(OperatorWorld.SOON).until(() -> isRefused(probe));
    before = refused();
  }

  private static boolean isRefused(Runnable probe) {
    try {
      probe.run();
      return false;
    } catch (KubernetesClientException e) {
      return String.valueOf(e.getMessage()).contains(MESSAGE);
    }
  }

  void awaitRefusals(int atLeast) {
    await().atMost(OperatorWorld.SOON).until(this::refused, now -> now - before >= atLeast);
  }

  /** How often, by the API server's own count. */
  private int refused() {
    Matcher found = count.matcher(world.admin().raw("/metrics"));
    return found.find() ? Integer.parseInt(found.group(1)) : 0;
  }

  void lift() {
    lifted = true;
    var policies = world.admin().admissionRegistration().v1();
    policies.validatingAdmissionPolicyBindings().withName(name).delete();
    policies.validatingAdmissionPolicies().withName(name).delete();
  }

  @Override
  public void close() {
    if (!lifted) {
      lift();
    }
  }
}
