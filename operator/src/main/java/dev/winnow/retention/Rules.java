package dev.winnow.retention;

import java.util.Comparator;
import java.util.List;

/**
 * What decides a run: the policy that is run, and the others of the same registry, which can only
 * keep.
 *
 * @param policy the policy of the run
 * @param others the other policies of the registry, by name
 */
public record Rules(CompiledPolicy policy, List<CompiledPolicy> others) {
  /** Sorts the others. */
  public Rules {
    others = others.stream().sorted(Comparator.comparing(CompiledPolicy::name)).toList();
  }
}
