package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static dev.winnow.cli.Scenario.image;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.Fault;
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
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.io.TempDir;

/** Deletions that go wrong: what the result says of each tag is what became of it. */
class DeleteFaultTest {
  private static final int TAGS = 12;
  private static final Fault DENIED =
      new Fault.Respond(403, Map.of(), "{\"errors\":[{\"code\":\"DENIED\"}]}");

  @TempDir Path folder;

  /** What happens to a deletion: by the tag, and by how many deletions were asked for before. */
  private interface Rule {
    @Nullable Fault of(String tag, int before);
  }

  @EachRegistry
  void anAnswerThatIsLostIsNoFailure(RegistryVersion version) throws IOException {
    for (Fault lost :
        List.of(new Fault.DropResponse(), new Fault.Instead(500, ""), new Fault.Instead(502, ""))) {
      AtomicBoolean once = new AtomicBoolean();
      Cli.Result first =
          apply(
              version, (tag, before) -> tag.equals("old-3") && !once.getAndSet(true) ? lost : null);
      assertThat(decisions(first)).containsEntry("app:old-3", "Delete/Expired/Deleted");
      assertThat(first.status()).as("%s", lost).isZero();

      Cli.Result always = apply(version, (tag, before) -> tag.equals("old-3") ? lost : null);
      assertThat(decisions(always)).containsEntry("app:old-3", "Delete/Expired/Deleted");
      assertThat(always.status()).as("%s", lost).isZero();
    }
  }

  @EachRegistry
  void whatIsNotDeletedIsSaidToHaveFailed(RegistryVersion version) throws IOException {
    Map<Fault, String> faults =
        Map.of(
            new Fault.Respond(500), "500",
            new Fault.Respond(429), "lower the concurrency",
            new Fault.Respond(404), "is not there",
            new Fault.DropRequest(), "the connection broke");
    for (Map.Entry<Fault, String> each : faults.entrySet()) {
      Cli.Result one = apply(version, (tag, before) -> tag.equals("old-3") ? each.getKey() : null);
      assertThat(decisions(one)).containsEntry("app:old-3", "Skip/Refused/Failed");
      assertThat(one.status()).isEqualTo(1);
      if (!(each.getKey() instanceof Fault.Respond(int status, var headers, var body))
          || status != 404) {
        assertThat(one.out()).contains(each.getValue());
      }

      Cli.Result all = apply(version, (tag, before) -> each.getKey());
      assertThat(decisions(all).values())
          .as("%s", each)
          .containsOnly("Skip/Refused/Failed", "Keep/NotSelected");
      assertThat(all.status()).isEqualTo(1);
    }
  }

  @EachRegistry
  void aRefusalOfRightsStopsTheRun(RegistryVersion version) throws IOException {
    Cli.Result result =
        apply(
            version,
            scenario -> scenario.registrySpec("client: {concurrency: 1}"),
            (tag, before) -> before == 4 ? DENIED : null);
    assertThat(result.status()).isEqualTo(1);
    List<String> outcomes = List.copyOf(decisions(result).values());
    assertThat(outcomes).filteredOn("Delete/Expired/Deleted"::equals).hasSize(4);
    assertThat(outcomes).filteredOn("Skip/Refused/Failed"::equals).hasSize(1);
    assertThat(outcomes).filteredOn("Skip/Expired/Skipped"::equals).hasSize(TAGS - 5);
    assertThat(result.out()).contains("not tried: DELETE /v2/app/manifests/", "403 DENIED");
  }

  @EachRegistry
  void deletionsUnderWayAreToldTrulyWhenTheRunIsStopped(RegistryVersion version)
      throws IOException {
    Cli.Result result = apply(version, (tag, before) -> before == 1 ? DENIED : null);
    assertThat(result.status()).isEqualTo(1);
    assertThat(decisions(result).values()).filteredOn("Skip/Refused/Failed"::equals).hasSize(1);
  }

  @EachRegistry
  void aSignatureStaysWithTheImageThatCouldNotGo(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      TestImage subject = image("old-3", 100);
      String signature = TestImages.cosignTag(subject, "sig");
      images.push("app", signature, TestImages.cosignSignature(subject));
      proxy.rule(
          rule(version, (tag, before) -> tag.equals("old-3") ? new Fault.Respond(500) : null));
      // A proxy that does not find the image any more is no reason to delete what belongs to it.
      Cli.Result failed = hasty(proxy).apply(OLD_GOES);
      assertThat(decisions(failed))
          .containsEntry("app:old-3", "Skip/Refused/Failed")
          .containsEntry("app:" + signature, "Skip/WithSubject/Skipped");
      assertThat(failed.out()).contains("the image that this belongs to was not deleted");
      Scenario.assertTrue(failed, images);
      Fault lost = new Fault.Respond(404, Map.of("Content-Type", "text/plain"), "default backend");
      AtomicBoolean applying = new AtomicBoolean();
      proxy.rule(request -> {
        applying.compareAndSet(false, request.is("HEAD", ".*/manifests/old-3"));
        return applying.get() && request.is("(HEAD|GET)", ".*/manifests/old-3") ? lost : null;
      });
      Scenario.assertTrue(hasty(proxy).apply(OLD_GOES), images);
    }
  }

  private Cli.Result apply(RegistryVersion version, Rule rule) throws IOException {
    return apply(version, scenario -> scenario, rule);
  }

  /** Applies to a registry whose deletions the rule spoils; the result is held against it. */
  private Cli.Result apply(RegistryVersion version, Function<Scenario, Scenario> change, Rule rule)
      throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher images = ImagePusher.to(registry.url())) {
      fill(images);
      proxy.rule(rule(version, rule));
      Cli.Result result = change.apply(hasty(proxy)).apply(OLD_GOES);
      assertThat(decisions(result)).as(result.err()).hasSize(TAGS + 1);
      Scenario.assertTrue(result, images);
      return result;
    }
  }

  private Scenario hasty(TestProxy proxy) {
    return new Scenario(folder, proxy.url()).cli(new Cli().pause(wait -> {}));
  }

  private static void fill(ImagePusher images) {
    for (int i = 0; i < TAGS; i++) {
      images.push("app", "old-" + i, image("old-" + i, 100));
    }
    images.push("app", "release", image("release", 1));
  }

  private static Function<TestProxy.Request, @Nullable Fault> rule(
      RegistryVersion version, Rule rule) {
    AtomicInteger deletes = new AtomicInteger();
    return request -> {
      // Not the probe for whether the registry deletes at all.
      if (!request.is("DELETE", ".*") || request.path().endsWith("0".repeat(64))) {
        return null;
      }
      String reference = request.path().substring(request.path().lastIndexOf('/') + 1);
      return rule.of(
          version == RegistryVersion.V3 ? reference : tagOf(reference), deletes.getAndIncrement());
    };
  }

  private static String tagOf(String digest) {
    for (int i = 0; i < TAGS; i++) {
      if (image("old-" + i, 100).digest().equals(digest)) {
        return "old-" + i;
      }
    }
    return digest;
  }
}
