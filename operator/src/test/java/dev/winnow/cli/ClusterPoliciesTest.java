package dev.winnow.cli;

import static dev.winnow.cli.Scenario.OLD_GOES;
import static dev.winnow.cli.Scenario.decisions;
import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Base64;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Policies of a cluster, of which the command line makes use: no operator is there. */
@Tag("server")
class ClusterPoliciesTest {
  private static final String KEEPER = "protect: {tags: [old-1], inUse: Ignore}";

  private final ClusterScene scene = new ClusterScene();

  @TempDir Path folder;

  @BeforeEach
  void setUp() {
    scene.old(2).world.registry(scene.registry.url().toString(), "");
  }

  @AfterEach
  void close() {
    scene.close();
  }

  private Cli.Result files(String command, String... options) throws IOException {
    String[] args = new String[4 + options.length];
    args[0] = command;
    args[1] = "-f";
    args[2] = new Scenario(folder, scene.registry.url()).policy(OLD_GOES, "").toString();
    args[3] = "-ojson";
    System.arraycopy(options, 0, args, 4, options.length);
    return new Cli().environment(scene.environment()).run(args);
  }

  private String kubeconfig() {
    return scene.world.server().kubeconfig().toString();
  }

  @Test
  void theClustersPoliciesKeepOnlyWhenTheyAreAskedFor() throws IOException {
    scene.world.policy("keeper", KEEPER);
    assertThat(decisions(files("plan")))
        .containsEntry("team/app:old-1", "Delete/Expired")
        .containsEntry("team/app:old-2", "Delete/Expired");
    Cli.Result plan = files("plan", "--kubeconfig", kubeconfig());
    assertThat(decisions(plan))
        .containsEntry("team/app:old-1", "Keep/KeptByPolicy")
        .containsEntry("team/app:old-2", "Delete/Expired");
    assertThat(plan.out()).contains("\"rule\":\"" + scene.world.namespace() + "/keeper\"");
    assertThat(files("apply", "--yes", "--kubeconfig", kubeconfig()).status()).isZero();
    assertThat(scene.tags()).containsExactly("new", "old-1");
  }

  @Test
  void aPolicyOfAnotherRegistryKeepsNothing() throws IOException {
    scene.world.registry("https://elsewhere.example.com", "");
    scene.world.policy("keeper", KEEPER);
    assertThat(decisions(files("plan", "--kubeconfig", kubeconfig())))
        .containsEntry("team/app:old-1", "Delete/Expired");
  }

  @Test
  void aPolicyUnderAnAliasKeeps() throws IOException {
    String address = scene.registry.url().getAuthority();
    scene.world.registry("https://elsewhere.example.com", ", aliases: [\"" + address + "\"]");
    scene.world.policy("keeper", KEEPER);
    assertThat(decisions(files("plan", "--kubeconfig", kubeconfig())))
        .containsEntry("team/app:old-1", "Keep/KeptByPolicy");
  }

  @Test
  void aPolicyWithoutItsRegistryRefusesAll() throws IOException {
    scene.world.apply(
        """
        apiVersion: winnow.dev/v1alpha1
        kind: RetentionPolicy
        metadata: {name: stray}
        spec:
          registryRef: {name: renamed}
          rules: [{name: all, repositories: ["**"], keep: [{tags: ["*"]}]}]
          protect: {inUse: Ignore}
        """);
    Cli.Result plan = files("plan", "--kubeconfig", kubeconfig());
    assertThat(plan.status()).isEqualTo(3);
    assertThat(plan.err()).contains("(PolicyInvalid)", "/stray", "there is no Registry");
  }

  @Test
  void aDocumentStandsForThePolicyOfItsName() throws IOException {
    scene.world.policy("builds", KEEPER);
    // Documents without a namespace belong to that of the context, which here is another one.
    assertThat(decisions(files("plan", "--kubeconfig", kubeconfig())))
        .containsEntry("team/app:old-1", "Keep/KeptByPolicy");
    Path file = new Scenario(folder, scene.registry.url()).policy(OLD_GOES, "");
    String text = java.nio.file.Files.readString(file);
    java.nio.file.Files.writeString(
        file,
        text.replace("{name: builds}", "{name: builds, namespace: " + scene.world.namespace() + "}")
            .replace(
                "{name: main}\nspec: {url",
                "{name: main, namespace: " + scene.world.namespace() + "}\nspec: {url"));
    Cli.Result plan =
        new Cli()
            .environment(scene.environment())
            .run("plan", "-f", file.toString(), "-ojson", "--kubeconfig", kubeconfig());
    assertThat(decisions(plan)).containsEntry("team/app:old-1", "Delete/Expired");
  }

  @Test
  void aPolicyThatIsNotValidRefusesAll() throws IOException {
    scene.world.policy("broken", "schedule: sometimes");
    for (String command : new String[] {"plan", "apply"}) {
      Cli.Result result = files(command, "--kubeconfig", kubeconfig());
      assertThat(result.status()).isEqualTo(3);
      assertThat(result.out()).isEmpty();
      assertThat(result.err())
          .startsWith("winnow: policy " + scene.world.namespace() + "/broken of the cluster")
          .contains("(PolicyInvalid)", "spec.schedule");
    }
    assertThat(files("plan").status()).isZero();
    assertThat(scene.tags()).containsExactly("new", "old-1", "old-2");
  }

  @Test
  void aTagIsExplainedByAPolicyOfTheCluster() {
    scene.world.policy("builds", "schedule: \"0 3 * * *\"");
    scene.world.policy("keeper", KEEPER);
    Cli.Result kept = scene.winnow("explain", "team/app:old-1", "--policy", "builds");
    assertThat(kept.err()).isEmpty();
    assertThat(kept.status()).isZero();
    assertThat(kept.out())
        .contains("policy builds, at ", ": Keep (KeptByPolicy)")
        .contains("Policy builds\n  rule old: selects the tag\n    keep[0] {tags: [new]}")
        .contains("Policy " + scene.world.namespace() + "/keeper\n  protect.tags: matches");
    assertThat(scene.winnow("explain", "team/app:old-2", "--policy", "builds").out())
        .contains(": Delete (Expired)")
        .contains("keep[0] {tags: [new]}: does not keep it");
  }

  @Test
  void whatCannotBeExplainedIsSaid() {
    scene.world.policy("builds", "");
    assertThat(scene.winnow("explain", "team/app:old-1", "--policy", "bilds").err())
        .contains("there is no RetentionPolicy bilds in namespace", "did you mean builds?");
    assertThat(scene.winnow("explain", "team/app:old-1", "--policy", "builds", "-f", "x").err())
        .contains("-f and --policy do not go together");
    assertThat(scene.winnow("explain", "team/app:old-1").err())
        .contains("say which policy is to decide");
    scene.world.policy("broken", "schedule: sometimes");
    Cli.Result broken = scene.winnow("explain", "team/app:old-1", "--policy", "broken");
    assertThat(broken.status()).isEqualTo(2);
    assertThat(broken.err()).contains("the cluster", "(RetentionPolicy broken): spec.schedule: ");
    assertThat(scene.winnow("explain", "team/app:old-1", "--policy", "builds").status())
        .isEqualTo(3);
    scene.world.deleteRegistry("main");
    assertThat(scene.winnow("explain", "team/app:old-1", "--policy", "builds").err())
        .contains("there is no Registry main in namespace");
  }

  @Test
  void credentialsComeFromTheSecretThatTheRegistryNames() {
    try (TestRegistry guarded =
            TestRegistry.of(RegistryVersion.V3).htpasswd("joe", "secret").start();
        ImagePusher images =
            ImagePusher.to(guarded.url())
                .authorization(
                    "Basic "
                        + Base64.getEncoder()
                            .encodeToString("joe:secret".getBytes(StandardCharsets.UTF_8)))) {
      images.push("team/app", "old-1", TestImages.oci("one").build());
      scene.world.registry(guarded.url().toString(), ", credentialsSecretRef: {name: login}");
      scene.world.policy("builds", "");
      Cli.Result without = scene.winnow("explain", "team/app:old-1", "--policy", "builds");
      assertThat(without.status()).isEqualTo(1);
      assertThat(without.err()).contains("Secret login is not there");
      Cli.Result options =
          scene.winnow(
              new Cli().in("secret\n"),
              "explain",
              "team/app:old-1",
              "--policy",
              "builds",
              "--username",
              "joe",
              "--password-stdin");
      assertThat(options.status()).as("%s", options).isZero();
      scene.world.secret("login", "joe", "secret");
      Cli.Result with = scene.winnow("explain", "team/app:old-1", "--policy", "builds");
      assertThat(with.err()).isEmpty();
      assertThat(with.out()).contains(": Keep (AtLeast)");
    }
  }
}
