package dev.winnow.api;

import io.fabric8.generator.annotation.Pattern;
import io.fabric8.generator.annotation.Required;
import io.fabric8.generator.annotation.ValidationRule;
import org.jspecify.annotations.Nullable;

/** One run of a {@link RetentionPolicy}: what a Job is to a CronJob. */
public final class RetentionRun {
  private RetentionRun() {}

  /**
   * @param policyRef the policy, in the same namespace; cannot be changed
   * @param mode how far this run goes on its own; absent: as the policy says, and never further;
   *     cannot be changed
   * @param approvedPlan digest of the plan that may be applied, from status.plan.digest; cannot be
   *     set when the run is created
   * @param cancel ends the run; what is deleted by then stays deleted
   */
  @ValidationRule(
      value = "self.policyRef == oldSelf.policyRef",
      message = "policyRef cannot be changed; create another run",
      fieldPath = ".policyRef")
  @ValidationRule(
      value =
          "has(self.mode) == has(oldSelf.mode) && (!has(self.mode) || self.mode == oldSelf.mode)",
      message = "mode cannot be changed; create another run",
      fieldPath = ".mode")
  @ValidationRule(
      value = "oldSelf.hasValue() || !has(self.approvedPlan)",
      message =
          "a plan cannot be approved before it is made; set approvedPlan once status.plan.digest is"
              + " there",
      fieldPath = ".approvedPlan",
      optionalOldSelf = true)
  public record Spec(
      @Required Registry.NameRef policyRef,
      RetentionPolicy.@Nullable Mode mode,
      @Nullable @Pattern("^sha256:[a-f0-9]{64}$") String approvedPlan,
      @Nullable Boolean cancel) {}
}
