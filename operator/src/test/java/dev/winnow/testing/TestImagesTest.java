package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import org.junit.jupiter.api.Test;

/** Both ways into a registry, checked with the eyes of crane and regctl. */
class TestImagesTest {
  private static final TestImage AMD = TestImages.oci("amd").label("a", "1").layer("2").build();
  private static final TestImage ARM = TestImages.docker("arm").platform("linux", "arm64").build();
  private static final TestImage INNER =
      TestImages.index().add(AMD, "linux", "amd64").attestationOf(AMD).build();
  private static final TestImage OUTER =
      TestImages.index().add(INNER).add(ARM, "linux", "arm64").annotation("x", "y").build();
  private static final TestImage LIST = TestImages.dockerList().add(ARM, "linux", "arm64").build();
  private static final TestImage SBOM = TestImages.artifact("application/spdx+json", AMD, "{}");

  @Test
  void sameCallsMakeTheSameBytes() {
    assertThat(TestImages.oci("amd").label("a", "1").layer("2").build().bytes())
        .isEqualTo(AMD.bytes());
    assertThat(TestImages.oci("other").build().digest()).isNotEqualTo(AMD.digest());
  }

  @Test
  void leavesOutWhatIsNull() {
    TestImage ageless = TestImages.oci("x").created(null).build();
    assertThat(text(ageless.blobs().getFirst().bytes())).doesNotContain("created");
    TestImage referring =
        TestImages.oci("x").subject(AMD).artifactType("a/b").annotation("k", "v").build();
    assertThat(text(referring.bytes()))
        .contains("\"subject\":{", AMD.digest(), "\"artifactType\":\"a/b\"", "{\"k\":\"v\"}");
  }

  @EachRegistry
  void pushesOverHttp(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      pusher.push("team/app", "amd", AMD);
      pusher.push("team/app", "outer", OUTER);
      pusher.push("team/app", "list", LIST);
      pusher.push("team/app", SBOM);
      pusher.pushReferrer("team/app", AMD, SBOM);
      pusher.push("team/app", TestImages.cosignTag(AMD, "sig"), TestImages.cosignSignature(AMD));
      check(registry);
    }
  }

  @EachRegistry
  void writesTheStore(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start()) {
      new StoreWriter(registry.root())
          .push("team/app", "amd", AMD)
          .push("team/app", "outer", OUTER)
          .push("team/app", "list", LIST)
          .push("team/app", SBOM)
          .push("team/app", TestImages.referrersTag(AMD), TestImages.referrers(SBOM))
          .push("team/app", TestImages.cosignTag(AMD, "sig"), TestImages.cosignSignature(AMD));
      check(registry);
    }
  }

  @EachRegistry
  void writesTenThousandTagsWithTheirTimes(RegistryVersion version) throws Exception {
    try (TestRegistry registry = TestRegistry.of(version).start();
        ImagePusher pusher = ImagePusher.to(registry.url())) {
      StoreWriter store = new StoreWriter(registry.root());
      Instant pushed = Instant.now().truncatedTo(ChronoUnit.SECONDS).minus(Duration.ofDays(900));
      for (int i = 0; i < 10_000; i++) {
        store
            .pushedAt(pushed.plus(Duration.ofHours(i)))
            .push("big", "t" + i, TestImages.oci("base").label("n", "" + i).build());
      }
      assertThat(pusher.send("GET", "/v2/big/tags/list").body().length).isGreaterThan(60_000);
      assertThat(Files.getLastModifiedTime(store.tag("big", "t9999").resolve("current/link")))
          .hasToString(pushed.plus(Duration.ofHours(9999)).toString());
      Tools.find().run("crane", "validate", "--remote", registry.hostPort() + "/big:t9999");
    }
  }

  /** That other programs see what was meant. */
  private static void check(TestRegistry registry) {
    Tools tools = Tools.find();
    String app = registry.hostPort() + "/team/app";
    String plain = "reg=" + registry.hostPort() + ",tls=disabled";
    for (String tag : new String[] {"amd", "outer", "list"}) {
      tools.run("crane", "validate", "--remote", app + ":" + tag);
    }
    assertThat(tools.run("crane", "digest", app + ":outer")).isEqualTo(OUTER.digest());
    assertThat(tools.run("regctl", "--host", plain, "manifest", "head", app + ":list"))
        .isEqualTo(LIST.digest());
    assertThat(
            tools.run(
                "regctl",
                "--host",
                plain,
                "manifest",
                "head",
                "--platform",
                "linux/arm64",
                app + ":outer"))
        .isEqualTo(ARM.digest());
    assertThat(tools.run("regctl", "--host", plain, "artifact", "tree", app + "@" + AMD.digest()))
        .contains(SBOM.digest());
    assertThat(tools.run("crane", "ls", app).lines())
        .containsExactlyInAnyOrder(
            "amd", "outer", "list", TestImages.referrersTag(AMD), TestImages.cosignTag(AMD, "sig"));
    assertThat(tools.run("crane", "catalog", registry.hostPort())).isEqualTo("team/app");
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }
}
