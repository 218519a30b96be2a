package dev.winnow.controller;

import static org.awaitility.Awaitility.await;

import dev.winnow.api.Condition;
import dev.winnow.api.RetentionPolicyStatus;
import dev.winnow.api.RetentionRunStatus;
import dev.winnow.api.RetentionRunStatus.Phase;
import dev.winnow.cluster.Kubernetes;
import dev.winnow.cluster.RegistryResource;
import dev.winnow.cluster.RetentionPolicyResource;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.collect.CollectorSettings;
import dev.winnow.testing.BareCluster;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.TestApiServer;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.Tools;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.api.model.events.v1.Event;
import io.fabric8.kubernetes.api.model.rbac.RoleBindingBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A namespace on a real API server that all these tests share, with an operator of its own in this
 * process.
 */
public final class OperatorWorld implements AutoCloseable {
  /** Long enough for anything that is not broken on a machine that has other work, too. */
  static final Duration SOON = Duration.ofSeconds(40);

  /** The service account of deploy/kustomize, and the role that says what it may do. */
  private static final String ACCOUNT = "winnow-operator";

  private static final Patience PATIENCE =
      new Patience(Duration.ofMillis(100), Duration.ofSeconds(1), Duration.ofSeconds(20));

  private static final AtomicInteger COUNT = new AtomicInteger();

  private final String namespace = "world-" + COUNT.incrementAndGet();
  private final TestApiServer server;
  private final KubernetesClient admin;
  private CollectorSettings collector = CollectorSettings.NONE;
  private InstantSource clock = InstantSource.system();
  private String apiServer;
  private volatile @Nullable WinnowOperator operator;

  /** One API server for all, with Winnow's kinds. */
  private static final class Shared {
    static final TestApiServer SERVER = start();

    private static TestApiServer start() {
      TestApiServer server = TestApiServer.start();
      Runtime.getRuntime().addShutdownHook(new Thread(server::close));
      installKinds(server);
      return server;
    }
  }

  public OperatorWorld() {
    this(Shared.SERVER);
  }

  public OperatorWorld(TestApiServer server) {
    this.server = server;
    this.apiServer = server.config().getMasterUrl();
    this.admin = Kubernetes.client(server.config());
    admin
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
    bind();
  }

  /** Gives the operator the rights that the namespaced overlay gives it, and no others. */
  private void bind() {
    admin
        .resource(
            new RoleBindingBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(ACCOUNT)
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", ACCOUNT)
                .addNewSubject()
                .withKind("ServiceAccount")
                .withName(ACCOUNT)
                .withNamespace(namespace)
                .endSubject()
                .build())
        .create();
  }

  public static void installKinds(TestApiServer server) {
    try (KubernetesClient admin = Kubernetes.client(server.config());
        Stream<Path> crds = Files.list(Tools.checkout().resolve("crds"))) {
      for (Path crd : crds.filter(file -> file.toString().contains("winnow.dev")).toList()) {
        admin.load(Files.newInputStream(crd)).serverSideApply();
      }
      Path role = Tools.checkout().resolve("deploy/kustomize/base/clusterrole.yaml");
      admin.load(Files.newInputStream(role)).serverSideApply();
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .until(() -> admin.resources(RetentionRunResource.class).inAnyNamespace().list() != null);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Makes the API server one that stores what only a later version of the kinds knows. */
  public static void allowUnknownFields(TestApiServer server, String kinds) {
    try (KubernetesClient admin = Kubernetes.client(server.config())) {
      admin
          .apiextensions()
          .v1()
          .customResourceDefinitions()
          .withName(kinds + ".winnow.dev")
          .edit(crd -> {
            var fields =
                crd.getSpec()
                    .getVersions()
                    .getFirst()
                    .getSchema()
                    .getOpenAPIV3Schema()
                    .getProperties();
            var spec = Objects.requireNonNull(fields.get("spec"));
            spec.setXKubernetesPreserveUnknownFields(true);
            spec.setRequired(List.of());
            return crd;
          });
    }
  }

  /** How operators that are started from now on run the collector. */
  OperatorWorld collector(CollectorSettings settings) {
    collector = settings;
    return this;
  }

  /** The clock of operators that are started from now on. */
  OperatorWorld clock(InstantSource other) {
    clock = other;
    return this;
  }

  /** Where operators that are started from now on find the API server. */
  OperatorWorld apiServer(String url) {
    apiServer = url;
    return this;
  }

  public OperatorWorld start() {
    return start(PATIENCE);
  }

  OperatorWorld start(Patience patience) {
    operator = operator(patience);
    return this;
  }

  /** Starts another operator over the same namespace, which is to be closed. */
  WinnowOperator startAnother() {
    return operator(PATIENCE);
  }

  private WinnowOperator operator(Patience patience) {
    try {
      WinnowOperator made =
          new WinnowOperator(
              Kubernetes.client(
                  new ConfigBuilder(server.configAs(namespace, ACCOUNT))
                      .withAutoConfigure(false)
                      .withMasterUrl(apiServer)
                      .build()),
              new OperatorSettings(
                  Set.of(namespace),
                  "test-" + COUNT.incrementAndGet(),
                  null,
                  0,
                  patience,
                  "test",
                  collector),
              clock);
      made.start();
      return made;
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  /** Stops the operator as Kubernetes would. */
  public void stop() {
    WinnowOperator now = operator;
    if (now != null) {
      now.close();
      operator = null;
    }
  }

  int managementPort() {
    return Objects.requireNonNull(operator).managementPort();
  }

  /** What the operator counts, as a scraper sees it. */
  String metrics() {
    URI metrics = URI.create("http://127.0.0.1:" + managementPort() + "/metrics");
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(HttpRequest.newBuilder(metrics).build(), BodyHandlers.ofString()).body();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  public String namespace() {
    return namespace;
  }

  public TestApiServer server() {
    return server;
  }

  /** Starts, and enforces a policy through a proxy whose gate holds the first deletion. */
  String runAtItsFirstDeletion(TestProxy proxy, Gate gate) {
    start();
    registry(proxy.url().toString(), ", client: {concurrency: 1}");
    policy("builds", "mode: Enforce");
    String run = run("builds", "");
    gate.awaitHeld();
    return run;
  }

  /** Says to the API server what controllers and kubelets would: it has none. */
  public BareCluster bare() {
    return new BareCluster(admin, namespace);
  }

  /** No pod is admitted from here on that the Pod Security Standard "restricted" forbids. */
  void restrictPods() {
    admin
        .namespaces()
        .withName(namespace)
        .edit(found ->
            found
                .edit()
                .editMetadata()
                .addToLabels("pod-security.kubernetes.io/enforce", "restricted")
                .endMetadata()
                .build());
  }

  public KubernetesClient admin() {
    return admin;
  }

  /** Applies documents, as kubectl would. */
  public void apply(String yaml) {
    for (String document : yaml.split("(?m)^---$", -1)) {
      admin.resource(document).inNamespace(namespace).forceConflicts().serverSideApply();
    }
  }

  /** A Registry named main at an address. */
  public void registry(String url, String fields) {
    apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: Registry
        metadata: {name: main}
        spec: {url: "%s"%s}
        """
            .formatted(url, fields));
  }

  /** What {@link #policy} deletes, {@code old-1} and so on, and {@code new}, which it keeps. */
  static void pushOld(ImagePusher images, int count) {
    for (int i = 1; i <= count; i++) {
      images.push("team/app", "old-" + i, TestImages.oci("old " + i).build());
    }
    images.push("team/app", "new", TestImages.oci("new").build());
  }

  /** A RetentionPolicy of Registry main by which all tags that begin with old go. */
  public void policy(String name, String fields) {
    apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: %s}
        spec:
          registryRef: {name: main}
          %s
          rules:
          - name: old
            repositories: ["**"]
            tags: ["old*"]
            keep: [{tags: [new]}]
        %s
        """
            .formatted(
                name,
                fields.contains("protect:") ? "" : "protect: {inUse: Ignore}",
                fields.indent(2)));
  }

  /** Asks for a run and gives its name. */
  public String run(String policy, String fields) {
    String name = "run-" + COUNT.incrementAndGet();
    apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionRun
        metadata: {name: %s}
        spec: {policyRef: {name: %s}%s}
        """
            .formatted(name, policy, fields));
    return name;
  }

  /**
   * Asks for a run that is later than another in the eyes of the API server, which counts seconds.
   */
  String runLater(String policy, String than) {
    Instant before =
        Instant.parse(
            admin
                .resources(RetentionRunResource.class)
                .inNamespace(namespace)
                .withName(than)
                .require()
                .getMetadata()
                .getCreationTimestamp());
    await().until(() -> Instant.now().isAfter(before.plusSeconds(1)));
    return run(policy, "");
  }

  /** Has a run await its approval for longer than it did. */
  void makeWaitSince(String run, Instant since) {
    List<Condition> conditions = runStatus(run).conditions();
    int index =
        conditions.indexOf(Condition.find(conditions, RetentionRunStatus.AWAITING).orElseThrow());
    admin
        .resources(RetentionRunResource.class)
        .inNamespace(namespace)
        .withName(run)
        .subresource("status")
        .patch(
            PatchContext.of(PatchType.JSON),
            "[{\"op\":\"replace\",\"path\":\"/status/conditions/%d/lastTransitionTime\",\"value\":\"%s\"}]"
                .formatted(index, since.truncatedTo(java.time.temporal.ChronoUnit.SECONDS)));
  }

  void annotatePolicy(String name, String key, String value) {
    admin
        .resources(RetentionPolicyResource.class)
        .inNamespace(namespace)
        .withName(name)
        .patch(
            PatchContext.of(PatchType.JSON_MERGE),
            "{\"metadata\":{\"annotations\":{\"%s\":\"%s\"}}}".formatted(key, value));
  }

  public void secret(String name, String user, String password) {
    apply(
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: %s}
        type: kubernetes.io/basic-auth
        stringData: {username: "%s", password: "%s"}
        """
            .formatted(name, user, password));
  }

  void configMap(String name, String key, String value) {
    admin
        .resource(
            new ConfigMapBuilder()
                .withNewMetadata()
                .withNamespace(namespace)
                .withName(name)
                .endMetadata()
                .addToData(key, value)
                .build())
        .create();
  }

  public void deleteRegistry(String name) {
    admin.resources(RegistryResource.class).inNamespace(namespace).withName(name).delete();
  }

  public void awaitRuns(Predicate<List<RetentionRunResource>> condition) {
    await().atMost(SOON).until(this::runs, condition);
  }

  /** Whether the operator is about to stop: it is not ready any more. */
  boolean isStopping() {
    WinnowOperator now = operator;
    return now == null || now.isStopping();
  }

  void deletePolicy(String name) {
    admin.resources(RetentionPolicyResource.class).inNamespace(namespace).withName(name).delete();
  }

  /** Returns once the operator has seen a generation of a run. */
  void awaitSeen(String run, long generation) {
    awaitRun(run, status -> Long.valueOf(generation).equals(status.observedGeneration()));
  }

  /** What was told of an object, the oldest first. */
  List<Event> events(String name) {
    return admin.events().v1().events().inNamespace(namespace).list().getItems().stream()
        .filter(event -> event.getRegarding().getName().equals(name))
        .sorted(Comparator.comparing(event -> event.getEventTime().getTime()))
        .toList();
  }

  /** The readable part of the ConfigMaps of a run. */
  List<String> stored(RetentionRunStatus run) {
    return run.reports().stream()
        .map(name ->
            admin
                .configMaps()
                .inNamespace(namespace)
                .withName(name)
                .require()
                .getData()
                .getOrDefault("first-lines.txt", ""))
        .toList();
  }

  /** Changes the spec of a run. */
  public void patchRun(String name, String spec) {
    admin
        .resources(RetentionRunResource.class)
        .inNamespace(namespace)
        .withName(name)
        .patch(PatchContext.of(PatchType.JSON_MERGE), "{\"spec\":" + spec + "}");
  }

  /** Writes the status of a run as an operator that is gone would have. */
  void setStatus(String name, RetentionRunStatus status) {
    RetentionRunResource run =
        admin.resources(RetentionRunResource.class).inNamespace(namespace).withName(name).require();
    run.setStatus(status);
    admin.resource(run).updateStatus();
  }

  public RetentionRunStatus runStatus(String name) {
    RetentionRunResource run =
        admin.resources(RetentionRunResource.class).inNamespace(namespace).withName(name).get();
    return run == null || run.getStatus() == null ? RetentionRunStatus.NONE : run.getStatus();
  }

  RetentionRunStatus awaitRun(String name, Predicate<RetentionRunStatus> condition) {
    return await()
        .alias("run " + name)
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> runStatus(name), condition);
  }

  public RetentionRunStatus awaitRun(String name, Phase phase) {
    return awaitRun(name, status -> status.phase() == phase);
  }

  /** The plan that a run must have. */
  static RetentionRunStatus.Plan plan(RetentionRunStatus status) {
    return Objects.requireNonNull(status.plan(), () -> "no plan in " + status);
  }

  /** The result that a run must have. */
  static RetentionRunStatus.Result result(RetentionRunStatus status) {
    return Objects.requireNonNull(status.result(), () -> "no result in " + status);
  }

  public RetentionRunStatus awaitEnd(String name) {
    return awaitRun(name, status -> status.phase() != null && status.phase().isEnd());
  }

  public List<RetentionRunResource> runs() {
    return admin.resources(RetentionRunResource.class).inNamespace(namespace).list().getItems();
  }

  @Nullable RetentionPolicyStatus policyStatus(String name) {
    return admin
        .resources(RetentionPolicyResource.class)
        .inNamespace(namespace)
        .withName(name)
        .require()
        .getStatus();
  }

  public RetentionPolicyStatus awaitPolicy(
      String name, Predicate<RetentionPolicyStatus> condition) {
    return await()
        .alias("policy " + name)
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(50))
        .until(() -> policyStatus(name), status -> status != null && condition.test(status));
  }

  RegistryResource awaitRegistry(String name, Predicate<RegistryResource> condition) {
    return await()
        .alias("registry " + name)
        .atMost(SOON)
        .pollInterval(Duration.ofMillis(50))
        .until(
            () ->
                admin
                    .resources(RegistryResource.class)
                    .inNamespace(namespace)
                    .withName(name)
                    .require(),
            resource -> resource.getStatus() != null && condition.test(resource));
  }

  @Override
  public void close() {
    stop();
    admin.namespaces().withName(namespace).delete();
    admin.close();
  }
}
