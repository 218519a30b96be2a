package dev.winnow.collect;

import static dev.winnow.collect.RegistryScene.START;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.api.SeenWriters;
import dev.winnow.collect.RegistryWorkload.Cache;
import dev.winnow.collect.RegistryWorkload.Refusal;
import dev.winnow.collect.RegistryWorkload.SecurityIds;
import dev.winnow.collect.RegistryWorkload.TakesWrites;
import dev.winnow.collect.RegistryWorkload.Writer;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Whose containers may write to a volume, what they are configured by, and what is remembered. */
@Tag("server")
class ClusterWorkloadsTest {
  private static final String OFFICIAL = "image: 'registry:2'";
  private static final String OFF =
      OFFICIAL + ", env: [{name: REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR, value: none}]";
  private static final String CONFIGURED = "image: mine, args: [serve, /config/config.yml]";
  private static final String FIRST = "containerd://" + "1".repeat(64);
  private static final String SECOND = "containerd://" + "2".repeat(64);

  private final RegistryScene scene = new RegistryScene();

  @AfterEach
  void close() {
    scene.close();
  }

  @Test
  void theOfficialImageOnItsClaim() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFFICIAL).pod("registry-1", OFFICIAL);
    scene.runs("registry-1", FIRST, START.minusSeconds(60));
    RegistryWorkload found = scene.look().workload();
    assertThat(found.refusals()).isEmpty();
    assertThat(found.cache()).as("nobody saw how it was started").isEqualTo(Cache.UNKNOWN);
    assertThat(found.rootDirectory()).isEmpty();
    assertThat(found.takingWrites())
        .containsExactly(new TakesWrites("registry-1", "registry", false, false));
    assertThat(found.node()).contains("node-1");
    assertThat(found.ids()).isEmpty();
    assertThat(found.writersSince()).contains(START.minusSeconds(60));
    assertThat(found.writers())
        .singleElement()
        .returns("registry-1", Writer::pod)
        .returns(FIRST, Writer::containerId)
        .returns(false, Writer::terminating);
  }

  @Test
  void whatThePodItselfSaysOfTheCacheIsBelievedAtOnce() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFF).pod("registry-1", OFF);
    scene.runs("registry-1", FIRST, START.minusSeconds(60));
    assertThat(scene.look().workload().cache()).isEqualTo(Cache.NONE);
  }

  @Test
  void whatAConfigMapSaysIsBelievedOfContainersThatWereStartedSince() {
    config("storage: {cache: {blobdescriptor: redis}, filesystem: {}}\nredis: {addr: 'r:6379'}");
    scene.claim("ReadWriteOnce").registry("").deployment(CONFIGURED).pod("registry-1", CONFIGURED);
    scene.runs("registry-1", FIRST, START.minusSeconds(60));
    assertThat(scene.look().workload().cache()).isEqualTo(Cache.UNKNOWN);
    assertThat(scene.look().redis()).isEqualTo(new RedisFinding.Known("redis://r:6379/0", null));
    assertThat(scene.look().remarks()).anyMatch(each -> each.contains("until they are restarted"));

    scene.after(Duration.ofMinutes(10)).runs("registry-1", FIRST, scene.instant().minusSeconds(1));
    assertThat(scene.restart().look().workload().cache()).isEqualTo(Cache.REDIS);

    config("storage: {filesystem: {}}");
    assertThat(scene.look().workload().cache())
        .as("the file changed and the container did not")
        .isEqualTo(Cache.UNKNOWN);
    config("storage: {cache: {blobdescriptor: redis}, filesystem: {}}\nredis: {addr: 'r:6379'}");
    scene.after(Duration.ofMinutes(1)).look();
    assertThat(scene.look().workload().cache())
        .as("nobody knows what it was between two changes")
        .isEqualTo(Cache.UNKNOWN);
  }

  /** Those that run use the one, and those to come the other: neither knows all. */
  @Test
  void twoRedisAreNone() {
    String at = "env: [{name: REGISTRY_REDIS_ADDR, value: '%s:6379'}]";
    scene.claim("ReadWriteOnce").registry("").deployment(OFFICIAL + ", " + at.formatted("new"));
    scene.pod("registry-1", OFFICIAL + ", " + at.formatted("old"));
    assertThat(scene.look().redis())
        .isInstanceOfSatisfying(
            RedisFinding.Unknown.class,
            unknown -> assertThat(unknown.why()).contains("not all of its containers"));
    scene.deployment(OFFICIAL + ", " + at.formatted("old"));
    assertThat(scene.look().redis()).isEqualTo(new RedisFinding.Known("redis://old:6379/0", null));
  }

  @Test
  void theUsersWordIsBelievedUnlessItIsLessCareful() {
    scene.claim("ReadWriteOnce").registry(", cache: None").deployment(OFFICIAL);
    assertThat(scene.look().workload())
        .returns(Cache.NONE, RegistryWorkload::cache)
        .satisfies(found ->
            assertThat(found.refusals())
                .extracting(Refusal::reason)
                .containsExactly("CacheContradicted"));
    scene.registry(", cache: InMemory");
    assertThat(scene.look().workload())
        .returns(Cache.MEMORY, RegistryWorkload::cache)
        .returns(List.of(), RegistryWorkload::refusals);
    scene.deployment(OFF);
    assertThat(scene.look().workload().refusals()).isEmpty();
    assertThat(scene.look().remarks()).anyMatch(each -> each.contains("says InMemory"));
  }

  @Test
  void whatWasNotSeenToEndMayWriteStill() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFF).pod("registry-1", OFF);
    scene.runs("registry-1", FIRST, START);
    scene.look();
    scene.forget("registry-1").pod("registry-2", OFF).runs("registry-2", SECOND, START);
    Reading found = scene.restart().look();
    assertThat(found.workload().writersSince()).isEmpty();
    assertThat(found.workload().cache()).isEqualTo(Cache.UNKNOWN);
    assertThat(found.workload().writers())
        .extracting(Writer::containerId)
        .containsExactly(SECOND, FIRST);
    assertThat(found.remarks())
        .first()
        .asString()
        .contains("pod registry-1", "node node-1", "winnow.dev/ended-containers=111111111111");

    scene.annotate("winnow.dev/ended-containers", "111111111111");
    assertThat(scene.look().workload().writersSince()).contains(START);
    assertThat(scene.stored().containers()).hasSize(1);
  }

  @Test
  void whatWasSeenToEndIsForgottenAlsoByItsLastWord() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFF).pod("registry-1", OFF);
    scene.runs("registry-1", FIRST, START);
    scene.look();
    scene.ends("registry-1", FIRST).forget("registry-1");
    await().untilAsserted(() -> assertThat(scene.look().workload().writers()).isEmpty());
    assertThat(scene.look().workload().writersSince()).contains(scene.instant());
    assertThat(scene.stored().containers()).isEmpty();
  }

  /** Once, there were more containers than are remembered. */
  @Test
  void whatCouldNotAllBeRememberedIsToldUntilAllAreNew() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFF).pod("registry-1", OFF);
    scene.runs("registry-1", FIRST, START.minusSeconds(60)).look();
    scene.overflow();
    Reading found = scene.look();
    assertThat(found.workload().writersSince()).isEmpty();
    assertThat(found.remarks()).anyMatch(each -> each.contains("not all of them are remembered"));
    assertThat(scene.stored().overflowed()).isEqualTo(scene.instant());

    scene.after(Duration.ofMinutes(1)).ends("registry-1", FIRST).look();
    scene.runs("registry-1", SECOND, scene.instant());
    assertThat(scene.look().workload().writersSince()).contains(scene.instant());
    assertThat(scene.look().remarks()).noneMatch(each -> each.contains("are remembered"));
    String version = scene.resource().getMetadata().getResourceVersion();
    scene.look();
    assertThat(scene.resource().getMetadata().getResourceVersion()).isEqualTo(version);
  }

  /** Two write to the status of a Registry, and neither takes from the other. */
  @Test
  void whatIsRememberedOutlivesWhatElseIsSaidOfTheRegistry() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFF).pod("registry-1", OFF);
    scene.runs("registry-1", FIRST, START).world().start();
    awaitGeneration(1);
    scene.look();
    SeenWriters seen = scene.stored();
    assertThat(seen.containers()).hasSize(1);
    scene.registry(", cache: None");
    awaitGeneration(2);
    assertThat(scene.stored()).isEqualTo(seen);
    scene.ends("registry-1", FIRST).look();
    assertThat(scene.stored().containers()).isEmpty();
    assertThat(scene.resource().getStatus().conditions()).isNotEmpty();
  }

  private void awaitGeneration(long generation) {
    await()
        .atMost(Duration.ofSeconds(40))
        .until(
            () -> scene.resource().getStatus(),
            status ->
                status != null && Long.valueOf(generation).equals(status.observedGeneration()));
  }

  @Test
  void whatEndedWhileNobodyLookedIsHeardOfLater() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFF).pod("registry-1", OFF);
    scene.runs("registry-1", FIRST, START);
    scene.look();
    scene.restart(() -> scene.ends("registry-1", FIRST).forget("registry-1"));
    assertThat(scene.look().workload().writers()).isEmpty();

    scene.pod("registry-2", OFF).runs("registry-2", SECOND, START).look();
    scene.restart(() -> scene.forget("registry-2"));
    assertThat(scene.look().workload().writersSince()).as("nothing was said of it").isEmpty();
    assertThat(scene.restart().look().workload().writersSince()).isEmpty();
  }

  @Test
  void aContainerThatWasStartedAgainInItsPod() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFF).pod("registry-1", OFF);
    scene.runs("registry-1", FIRST, START);
    scene.look();
    scene.ends("registry-1", FIRST);
    scene.look();
    scene.after(Duration.ofMinutes(1)).runs("registry-1", SECOND, scene.instant());
    assertThat(scene.look().workload().writersSince()).contains(START.plusSeconds(60));
  }

  @Test
  void aPodThatMayHaveStartedUnheard() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFF).pod("registry-1", OFF);
    assertThat(scene.after(Duration.ofDays(3650)).look().workload().writersSince())
        .hasValueSatisfying(since -> assertThat(since).isBefore(scene.instant()));
  }

  @Test
  void aNodeThatIsGoneOrWasRestartedHasEndedAllOfIt() {
    letReadNodes();
    node("boot-1");
    scene.claim("ReadWriteOnce").registry("").deployment(OFF).pod("registry-1", OFF);
    scene.runs("registry-1", FIRST, START).look();
    assertThat(scene.stored().containers())
        .singleElement()
        .returns("boot-1", each -> each.bootId());
    scene.forget("registry-1");
    assertThat(scene.look().workload().writersSince()).isEmpty();
    node("boot-2");
    assertThat(scene.look().workload().writersSince()).isPresent();

    scene.pod("registry-2", OFF).runs("registry-2", SECOND, START).look();
    scene.forget("registry-2");
    assertThat(scene.look().workload().writersSince()).isEmpty();
    scene.world().admin().nodes().withName("node-1").delete();
    assertThat(scene.look().workload().writersSince()).isPresent();
  }

  @Test
  void podsOfOthersWriteToo() {
    scene.claim("ReadWriteMany").registry("").deployment(OFF);
    scene.pod("shell", "image: busybox").runs("shell", FIRST, START);
    Reading found = scene.look();
    assertThat(found.workload().cache()).isEqualTo(Cache.UNKNOWN);
    assertThat(found.workload().node()).isEmpty();
    assertThat(found.remarks()).anyMatch(each -> each.startsWith("pod shell has the claim"));
  }

  @Test
  void idsOfTheContainerGoBeforeThoseOfThePod() {
    scene
        .claim("ReadWriteOnce")
        .registry("")
        .deployment(OFFICIAL + ", securityContext: {runAsUser: 7}");
    assertThat(scene.look().workload().ids())
        .contains(new SecurityIds(7L, null, null, List.of(), null));
  }

  /** Some clusters give a namespace's pods the user that the template leaves out. */
  @Test
  void idsThatTheWorkloadDoesNotSayAreThoseOfItsPods() {
    scene
        .claim("ReadWriteOnce")
        .registry("")
        .deployment(OFFICIAL + ", securityContext: {runAsGroup: 9}")
        .pod("another", OFFICIAL + ", securityContext: {runAsUser: 6}")
        .pod("registry-1", OFFICIAL + ", securityContext: {runAsUser: 7, runAsGroup: 8}")
        .owned("registry-1");
    assertThat(scene.look().workload().ids())
        .contains(new SecurityIds(7L, 9L, null, List.of(), null));
  }

  /** Nobody says which of several is the registry; it is enough that one of them is as told. */
  @Test
  void withoutAWorkloadTheRootDirectoryIsThatOfAnyPod() {
    scene.claim("ReadWriteMany");
    scene.world().registry("http://registry:5000", ", storage: {claimName: registry}");
    scene.pod(
        "another",
        OFF.replace(
            "]",
            ", {name: REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY, value: /var/lib/registry/other}]"));
    assertThat(scene.look().workload().refusals())
        .extracting(Refusal::reason)
        .containsExactly("RootDirectoryContradicted");
    scene.pod("registry-1", OFF);
    assertThat(scene.look().workload())
        .returns(List.of(), RegistryWorkload::refusals)
        .returns("", RegistryWorkload::rootDirectory);
  }

  @Test
  void withoutAWorkloadItGoesByThePodsThatThereAre() {
    scene.claim("ReadWriteOnce");
    scene.world().registry("http://registry:5000", ", storage: {claimName: registry}");
    scene.pod("registry-1", OFF + ", securityContext: {runAsUser: 7}");
    scene.runs("registry-1", FIRST, START);
    assertThat(scene.look().workload())
        .returns(Cache.NONE, RegistryWorkload::cache)
        .returns(List.of(), RegistryWorkload::refusals)
        .returns("", RegistryWorkload::rootDirectory)
        .satisfies(found ->
            assertThat(found.ids()).contains(new SecurityIds(7L, null, null, List.of(), null)));
    scene
        .world()
        .registry("http://registry:5000", ", storage: {claimName: registry, rootDirectory: other}");
    assertThat(scene.look().workload().refusals())
        .extracting(Refusal::reason)
        .containsExactly("RootDirectoryContradicted");
  }

  private void config(String text) {
    scene.apply(
        """
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: config}
        data:
          config.yml: |
        %s
        """
            .formatted(text.indent(4)));
  }

  private void letReadNodes() {
    scene
        .world()
        .admin()
        .resource(
            new ClusterRoleBindingBuilder()
                .withNewMetadata()
                .withName(scene.world().namespace())
                .endMetadata()
                .withNewRoleRef("rbac.authorization.k8s.io", "ClusterRole", "winnow-operator")
                .addNewSubject()
                .withKind("ServiceAccount")
                .withName("winnow-operator")
                .withNamespace(scene.world().namespace())
                .endSubject()
                .build())
        .create();
    await().ignoreExceptions().until(() -> scene.operator().nodes().withName("none").get() == null);
  }

  private void node(String bootId) {
    var nodes = scene.world().admin().nodes();
    if (nodes.withName("node-1").get() == null) {
      nodes
          .resource(new NodeBuilder().withNewMetadata().withName("node-1").endMetadata().build())
          .create();
    }
    nodes
        .withName("node-1")
        .editStatus(node ->
            new NodeBuilder(node)
                .editOrNewStatus()
                .withNewNodeInfo()
                .withBootID(bootId)
                .withArchitecture("a")
                .withContainerRuntimeVersion("c")
                .withKernelVersion("k")
                .withKubeProxyVersion("k")
                .withKubeletVersion("k")
                .withMachineID("m")
                .withOperatingSystem("o")
                .withOsImage("o")
                .withSystemUUID("s")
                .endNodeInfo()
                .endStatus()
                .build());
  }
}
