package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestProxy;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a plan asks of a registry: nothing but GET and HEAD, no more than it needs, nothing twice.
 */
class PlanCostTest {
  private static final String NEWEST =
      """
      - name: builds
        repositories: ["**"]
        tags: ["*", "!skip-*"]
        keep:
        - tags: ["v*"]
        - semver: ">=1.0.0"
        - newest: 2
          orderBy: Created
      """;
  @TempDir Path folder;

  @EachRegistry
  void aTagCostsOneManifestAndAUniqueDigestOneConfig(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      for (int i = 0; i < 5; i++) {
        images.push("app", "main-" + i, image("main" + i, 50 - i));
      }
      images.push("app", "twin", image("main0", 50));
      images.push("app", "skip-1", image("skipped", 10));
      Path cache = folder.resolve("cache");
      String policy = new Scenario(folder, proxy.url()).policy(NEWEST, "").toString();
      Cli.Result first =
          new Cli().run("plan", "-f", policy, "-o", "json", "--cache", cache.toString());
      assertThat(decisions(first)).hasSize(7).containsEntry("app:skip-1", "Keep/NotSelected");
      Map<String, Long> asked = asked(proxy);
      // 2.8 deletes by digest: of the tag that is not selected it must know the digest.
      assertThat(tagsRead(asked, "GET"))
          .containsExactly("main-0", "main-1", "main-2", "main-3", "main-4", "twin");
      assertThat(tagsRead(asked, "HEAD"))
          .isEqualTo(version == RegistryVersion.V3 ? List.of() : List.of("skip-1"));
      assertThat(asked.keySet().stream().filter(path -> path.contains("/blobs/"))).hasSize(5);
      assertThat(asked.values()).allMatch(times -> times == 1);

      proxy.forget();
      Cli.Result second =
          new Cli().run("plan", "-f", policy, "-o", "json", "--cache", cache.toString());
      assertThat(decisions(second)).isEqualTo(decisions(first));
      Map<String, Long> askedAgain = asked(proxy);
      assertThat(askedAgain.keySet()).noneMatch(path -> path.contains("/blobs/"));
      assertThat(tagsRead(askedAgain, "GET")).hasSize(6);
    }
  }

  @EachRegistry
  void namesThatKeepCostNothing(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "v1", image("a", 10));
      images.push("app", "1.2.3", image("b", 10));
      String rules =
          """
          - name: versions
            repositories: ["**"]
            keep: [{tags: ["v*"]}, {semver: "*"}]
          """;
      Cli.Result result = new Scenario(folder, proxy.url()).plan(rules);
      assertThat(decisions(result))
          .isEqualTo(Map.of("app:1.2.3", "Keep/SemVer", "app:v1", "Keep/Matching"));
      assertThat(asked(proxy).keySet()).noneMatch(path -> path.contains("/manifests/"));
    }
  }

  @EachRegistry
  void aSubjectWithReferrersCostsTheOtherDigestsAndIndexes(RegistryVersion version)
      throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      TestImage signed = image("signed", 50);
      TestImage child = image("child", 50);
      images.push("app", "old", signed);
      String signatureTag = TestImages.cosignTag(signed, "sig");
      TestImage signature = TestImages.cosignSignature(signed);
      images.push("app", signatureTag, signature);
      images.push("app", "release", image("release", 1));
      TestImage index = TestImages.index().add(child, "linux", "amd64").build();
      images.push("app", "multi", index);
      Cli.Result result = new Scenario(folder, proxy.url()).plan(OLD_GOES);
      assertThat(decisions(result))
          .containsEntry("app:old", "Delete/Expired")
          .containsEntry("app:" + signatureTag, "Delete/WithSubject");
      Map<String, Long> asked = asked(proxy);
      assertThat(asked).containsKey("HEAD /v2/app/manifests/release");
      assertThat(manifestsRead(asked, "release", image("release", 1).digest())).isZero();
      assertThat(manifestsRead(asked, "old", signed.digest())).isOne();
      assertThat(manifestsRead(asked, "multi", index.digest())).isOne();
      assertThat(manifestsRead(asked, signatureTag, signature.digest())).isOne();
      assertThat(asked.keySet()).noneMatch(path -> path.contains("/blobs/"));
      assertThat(asked.keySet()).noneMatch(path -> path.contains(child.digest()));
      assertThat(asked.values()).allMatch(times -> times == 1);
    }
  }

  /** Each request with how often it was made; all of them reads. */
  private static Map<String, Long> asked(TestProxy proxy) {
    assertThat(proxy.requests())
        .allSatisfy(seen -> assertThat(seen.request().method()).isIn("GET", "HEAD"));
    return proxy.requests().stream()
        .map(seen -> seen.request().method() + " " + seen.request().path())
        .collect(Collectors.groupingBy(Function.identity(), TreeMap::new, Collectors.counting()));
  }

  /** How often a manifest was read, by its tag or its digest. */
  private static long manifestsRead(Map<String, Long> asked, String tag, String digest) {
    return asked.getOrDefault("GET /v2/app/manifests/" + tag, 0L)
        + asked.getOrDefault("GET /v2/app/manifests/" + digest, 0L);
  }

  private static List<String> tagsRead(Map<String, Long> asked, String method) {
    return asked.keySet().stream()
        .filter(request -> request.startsWith(method + " ") && request.contains("/manifests/"))
        .map(request -> request.substring(request.lastIndexOf('/') + 1))
        .filter(reference -> !reference.startsWith("sha256:"))
        .toList();
  }
}
