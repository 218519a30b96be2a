package dev.winnow.cli;

import dev.winnow.api.DocumentProblem;
import dev.winnow.api.Documents;
import dev.winnow.api.Located;
import dev.winnow.api.Metadata;
import dev.winnow.api.Problem;
import dev.winnow.api.Registry;
import dev.winnow.api.RegistryChecks;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.registry.RegistryEndpoint;
import dev.winnow.retention.CompiledPolicy;
import dev.winnow.retention.PolicyCompiler;
import dev.winnow.retention.Rules;
import dev.winnow.run.NotYetSupported;
import dev.winnow.run.PlanHeader;
import dev.winnow.schedule.ScheduleCheck;
import java.net.URI;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The documents of a command, checked together: everything that is wrong is said at once, and
 * nothing is contacted before all is right.
 */
final class Inputs {
  private final Documents documents;
  private final boolean pushTimes;
  private final Predicate<RetentionPolicy> planned;
  private final List<DocumentProblem> problems = new ArrayList<>();
  private final List<DocumentProblem> refusals = new ArrayList<>();
  private final Map<String, Located<Registry>> registries = new LinkedHashMap<>();
  private final Map<String, CompiledPolicy> compiled = new HashMap<>();

  private Inputs(Documents documents, boolean pushTimes, Predicate<RetentionPolicy> planned) {
    this.documents = documents;
    this.pushTimes = pushTimes;
    this.planned = planned;
  }

  /**
   * One policy to run.
   *
   * @param policy the policy
   * @param registry its registry
   * @param rules the policy and the others of its registry
   * @param cluster what those of the others say that are a cluster's, by name
   */
  record Work(
      RetentionPolicy policy,
      Registry registry,
      Rules rules,
      Map<String, RetentionPolicy.Spec> cluster) {
    /** The same, with policies of a cluster that may keep, too. */
    Work beside(Map<String, ClusterPolicies.Keeper> keepers) {
      List<CompiledPolicy> others = new ArrayList<>(rules.others());
      Map<String, RetentionPolicy.Spec> specs = new HashMap<>();
      keepers.forEach((name, keeper) -> {
        others.add(keeper.compiled());
        specs.put(name, keeper.spec());
      });
      return new Work(policy, registry, new Rules(rules.policy(), others), Map.copyOf(specs));
    }

    /** What a plan of it says that it is about. */
    PlanHeader header(Instant at) {
      return new PlanHeader(
          policy.metadata().name(), registry.metadata().name(), registry.spec().url(), at);
    }
  }

  /**
   * What a command works on, in the order of the documents.
   *
   * @param pushTimes whether it will be known when tags were pushed
   * @throws CommandException with all problems (2), or with all that is not built yet (3)
   */
  static List<Work> check(Documents documents, boolean pushTimes) throws CommandException {
    return check(documents, pushTimes, policy -> true);
  }

  /**
   * The same where only some of the policies are worked on: the others only keep, which needs
   * nothing that is not built yet.
   */
  static List<Work> check(
      Documents documents, boolean pushTimes, Predicate<RetentionPolicy> planned)
      throws CommandException {
    Inputs inputs = new Inputs(documents, pushTimes, planned);
    inputs.checkAll();
    inputs.fail(Exit.USAGE, inputs.problems);
    inputs.fail(Exit.REFUSED, inputs.refusals);
    if (documents.policies().isEmpty()) {
      throw new CommandException(
          Exit.USAGE, "the files hold no RetentionPolicy; there is nothing to plan");
    }
    return inputs.work();
  }

  private void checkAll() {
    problems.addAll(documents.problems());
    unique(documents.registries(), Registry::metadata);
    unique(documents.policies(), RetentionPolicy::metadata);
    unique(documents.secrets(), secret -> secret.metadata());
    unique(documents.configMaps(), map -> map.metadata());
    List<Located<Registry>> sound = new ArrayList<>();
    for (Located<Registry> registry : documents.registries()) {
      Registry value = registry.value();
      registries.put(key(value.metadata().namespace(), value.metadata().name()), registry);
      List<Problem> found = RegistryChecks.check(value.spec());
      report(registry, found);
      if (found.isEmpty()) {
        sound.add(registry);
      }
      NotYetSupported.in(value.spec())
          .forEach(refused -> refusals.add(registry.at(refused.problem())));
    }
    DuplicateRegistries.find(sound, (registry, problem) -> report(registry, List.of(problem)));
    documents.policies().forEach(this::checkPolicy);
  }

  private void checkPolicy(Located<RetentionPolicy> policy) {
    RetentionPolicy value = policy.value();
    PolicyCompiler.Result result = PolicyCompiler.compile(value.metadata().name(), value.spec());
    report(policy, result.problems());
    report(policy, ScheduleCheck.of("spec.schedule", value.spec().schedule()).stream().toList());
    compiled.put(key(value), result.policy());
    String registry = value.spec().registryRef().name();
    if (!registries.containsKey(registryKey(value))) {
      report(
          policy,
          List.of(
              new Problem(
                  "spec.registryRef.name",
                  "there is no Registry \""
                      + registry
                      + "\" in namespace "
                      + value.metadata().namespace()
                      + " among the files; add its document")));
    }
    if (planned.test(value)) {
      NotYetSupported.in(value.spec(), pushTimes)
          .forEach(refused -> refusals.add(policy.at(refused.problem())));
    }
  }

  private void report(Located<?> document, List<Problem> found) {
    found.stream()
        .filter(problem -> !document.isBroken(problem.path()))
        .forEach(problem -> problems.add(document.at(problem)));
  }

  private <T> void unique(List<Located<T>> all, Function<T, Metadata> metadata) {
    Map<String, Located<T>> seen = new HashMap<>();
    for (Located<T> one : all) {
      Metadata meta = metadata.apply(one.value());
      if (!meta.name().isEmpty()
          && seen.putIfAbsent(key(meta.namespace(), meta.name()), one) != null) {
        problems.add(
            one.at(
                new Problem(
                    "metadata.name",
                    "another document of this kind is called " + meta.name() + " too")));
      }
    }
  }

  private void fail(int status, List<DocumentProblem> why) throws CommandException {
    if (!why.isEmpty()) {
      throw new CommandException(status, why.stream().map(DocumentProblem::text).toList());
    }
  }

  private List<Work> work() {
    List<Work> work = new ArrayList<>();
    for (Located<RetentionPolicy> located : documents.policies()) {
      RetentionPolicy policy = located.value();
      Registry registry = registryOf(policy);
      List<CompiledPolicy> others =
          documents.policies().stream()
              .map(Located::value)
              .filter(other -> !key(other).equals(key(policy)))
              .filter(other -> registryKey(other).equals(registryKey(policy)))
              .map(this::compiledOf)
              .toList();
      work.add(new Work(policy, registry, new Rules(compiledOf(policy), others), Map.of()));
    }
    return work;
  }

  private Registry registryOf(RetentionPolicy policy) {
    return present(registries.get(registryKey(policy))).value();
  }

  private static String registryKey(RetentionPolicy policy) {
    return key(policy.metadata().namespace(), policy.spec().registryRef().name());
  }

  private static String key(RetentionPolicy policy) {
    return key(policy.metadata().namespace(), policy.metadata().name());
  }

  private CompiledPolicy compiledOf(RetentionPolicy policy) {
    return present(compiled.get(key(policy)));
  }

  private static <T> T present(@Nullable T value) {
    if (value == null) {
      throw new IllegalStateException("documents are looked up before they are checked");
    }
    return value;
  }

  static String hostPort(Registry registry) {
    return hostPort(registry.spec().url());
  }

  /**
   * Host and port of a registry's address, the port always written.
   *
   * @throws IllegalArgumentException when it is no such address
   */
  static String hostPort(String url) {
    return RegistryEndpoint.of(URI.create(url), Version.TEXT, InstantSource.system()).hostAndPort();
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }
}
