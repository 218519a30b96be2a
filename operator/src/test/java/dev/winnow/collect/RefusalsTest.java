package dev.winnow.collect;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.collect.RegistryWorkload.Refusal;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What is not collected, each with what to do. */
@Tag("server")
class RefusalsTest {
  private static final String OFFICIAL = "image: 'registry:2'";

  private final RegistryScene scene = new RegistryScene();

  @AfterEach
  void close() {
    scene.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "goharbor/registry-photon:v2.9.0 | Harbor",
        "mirror.example/goharbor/harbor-registryctl:v2 | Harbor",
        "registry.gitlab.com/gitlab-org/build/cng/gitlab-container-registry:v4 | GitLab",
        "gitlab/gitlab-ce:17.0.0-ce.0 | GitLab",
        "quay.io/projectquay/quay:3.10 | Quay",
        "registry.redhat.io/quay/quay-rhel8:v3 | Quay",
        "ghcr.io/project-zot/zot-linux-amd64:v2 | zot",
      })
  void productsWithACollectorOfTheirOwn(String image, String name) {
    scene.claim("ReadWriteOnce").registry("").deployment("image: '" + image + "'");
    assertThat(refusals())
        .singleElement()
        .returns("UnsupportedRegistry", Refusal::reason)
        .satisfies(refusal -> assertThat(refusal.message()).contains("runs " + name));
  }

  @Test
  void whatIsOnlyCalledLikeOneIsNone() {
    scene.claim("ReadWriteOnce").registry("");
    for (String image :
        List.of(
            "harbor.example.com/mirror/registry:2",
            "gitlab.example.com:5050/tools/registry:2",
            "quay.io/someone/registry:2.8",
            "zot.example/registry:2")) {
      scene.deployment("image: '" + image + "'");
      assertThat(refusals()).as(image).isEmpty();
    }
  }

  @Test
  void zotByItsProgram() {
    scene
        .claim("ReadWriteOnce")
        .registry("")
        .deployment("image: mine, command: [/usr/bin/zot-linux-amd64, serve]");
    assertThat(reasons()).containsExactly("UnsupportedRegistry");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{name: REGISTRY_STORAGE, value: s3} | UnsupportedStorage",
        "{name: REGISTRY_PROXY_REMOTEURL, value: 'https://registry-1.docker.io'} | PullThroughCache",
        "{name: REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY, value: /data} | RootDirectoryElsewhere",
        "{name: REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY, value: /var/lib/registry/a} |"
            + " RootDirectoryContradicted",
      })
  void configurations(String variable, String reason) {
    scene.claim("ReadWriteOnce").registry("").deployment(OFFICIAL + ", env: [" + variable + "]");
    assertThat(reasons()).containsExactly(reason);
  }

  @Test
  void aPullThroughCacheWithoutItsPassword() {
    scene
        .claim("ReadWriteOnce")
        .registry("")
        .deployment(
            OFFICIAL
                + ", env: [{name: REGISTRY_PROXY_REMOTEURL, value: 'https://ann:s3/cret@other'}]");
    assertThat(scene.look().workload().refusals())
        .singleElement()
        .satisfies(refused ->
            assertThat(refused.message())
                .contains("of https://other,")
                .doesNotContain("ann", "cret@"));
  }

  @Test
  void aRootDirectoryThatIsAsTheRegistrySays() {
    scene
        .claim("ReadWriteOnce")
        .registry(", rootDirectory: /a/")
        .deployment(
            OFFICIAL
                + ", env: [{name: REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY, value:"
                + " /var/lib/registry/a/}]");
    assertThat(scene.look().workload())
        .returns("a", RegistryWorkload::rootDirectory)
        .returns(List.of(), RegistryWorkload::refusals);
  }

  @Test
  void whatIsNotThere() {
    scene.registry("");
    assertThat(reasons()).containsExactly("WorkloadMissing", "ClaimMissing");
    scene.claim("ReadWriteOnce").deployment(OFFICIAL);
    assertThat(refusals()).isEmpty();
    scene
        .world()
        .registry(
            "http://registry:5000",
            ", storage: {claimName: registry, workloadRef: {kind: Deployment, name: registry,"
                + " container: other}}");
    assertThat(scene.look().workload().refusals())
        .singleElement()
        .satisfies(refusal ->
            assertThat(refusal.message()).contains("has no container other, but registry"));
  }

  @Test
  void aClaimThatIsNotOfTheWorkload() {
    scene.claim("ReadWriteOnce").registry("").deployment(OFFICIAL);
    scene.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: other}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        """);
    scene
        .world()
        .registry(
            "http://registry:5000",
            ", storage: {claimName: other, workloadRef: {kind: Deployment, name: registry}}");
    assertThat(reasons()).containsExactly("ClaimNotOfWorkload");
  }

  @Test
  void theClaimThatAStatefulSetMakes() {
    scene.apply(
        """
        apiVersion: v1
        kind: PersistentVolumeClaim
        metadata: {name: data-registry-0}
        spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        ---
        apiVersion: apps/v1
        kind: StatefulSet
        metadata: {name: registry}
        spec:
          serviceName: registry
          selector: {matchLabels: {app: registry}}
          template:
            metadata: {labels: {app: registry}}
            spec:
              containers:
              - {name: registry, image: "registry:2", volumeMounts: [{name: data, mountPath: /var/lib/registry, subPath: store}]}
          volumeClaimTemplates:
          - metadata: {name: data}
            spec: {accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
        """);
    scene
        .world()
        .registry(
            "http://registry:5000",
            ", storage: {claimName: data-registry-0, rootDirectory: store, workloadRef: {kind: StatefulSet, name: registry}}");
    assertThat(refusals()).isEmpty();
  }

  @Test
  void aVolumeForOnePodAlone() {
    scene.claim("ReadWriteOncePod").registry("").deployment(OFFICIAL);
    assertThat(reasons()).containsExactly("ReadWriteOncePod");
  }

  @Test
  void othersThatCollect() {
    String pod =
        """
        {restartPolicy: Never, containers: [{name: gc, image: "registry:2", command: [/bin/registry,
          garbage-collect, /etc/docker/registry/config.yml], volumeMounts: [{name: data, mountPath:
          /var/lib/registry}]}], volumes: [{name: data, persistentVolumeClaim: {claimName: %s}}]}
        """;
    scene.claim("ReadWriteOnce").registry("").deployment(OFFICIAL);
    scene.apply(cronJob(pod.formatted("another"), false));
    assertThat(refusals()).as("of another claim").isEmpty();
    scene.apply(cronJob(pod.formatted("registry"), true));
    assertThat(refusals()).as("suspended").isEmpty();
    scene.apply(cronJob(pod.formatted("registry"), false));
    assertThat(reasons()).containsExactly("AnotherCleaner");
    scene.apply(cronJob(pod.formatted("registry"), true));
    scene.apply(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: gc}\nspec: {template: {spec: "
            + pod.formatted("registry").strip()
            + "}}");
    assertThat(refusals())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.message()).startsWith("Job gc runs"));
  }

  /** A script may collect, too, and nobody can tell by its command. */
  @Test
  void othersThatMayCollectAreNamed() {
    String pod =
        """
        {restartPolicy: Never, containers: [{name: tidy, image: busybox, command: [/tidy.sh],
          volumeMounts: [{name: data, mountPath: /data%s}]}],
          volumes: [{name: data, persistentVolumeClaim: {claimName: registry}}]}
        """;
    scene.claim("ReadWriteOnce").registry("").deployment(OFFICIAL);
    scene.apply(cronJob(pod.formatted(", readOnly: true"), false));
    assertThat(scene.look().remarks()).noneMatch(each -> each.contains("CronJob"));
    scene.apply(cronJob(pod.formatted(""), false));
    assertThat(refusals()).isEmpty();
    assertThat(scene.look().remarks())
        .anyMatch(each -> each.startsWith("CronJob gc has the claim for writing"));
  }

  private static String cronJob(String pod, boolean suspend) {
    return "apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: gc}\nspec: {schedule: '0 1 * * *',"
        + " suspend: "
        + suspend
        + ", jobTemplate: {spec: {template: {spec: "
        + pod.strip()
        + "}}}}";
  }

  private List<Refusal> refusals() {
    return scene.look().workload().refusals();
  }

  private List<String> reasons() {
    return refusals().stream().map(Refusal::reason).toList();
  }
}
