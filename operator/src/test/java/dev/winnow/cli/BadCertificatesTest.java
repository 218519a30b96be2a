package dev.winnow.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.testing.TestCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Certificates to trust that are none: each source is checked, and named, before any contact. */
class BadCertificatesTest {
  private static final String DOCUMENTS =
      """
      apiVersion: winnow.dev/v1alpha1
      kind: Registry
      metadata: {name: main}
      spec: {url: "http://127.0.0.1:1", caBundleRef: {name: ca, key: ca.crt}}
      ---
      apiVersion: winnow.dev/v1alpha1
      kind: RetentionPolicy
      metadata: {name: builds}
      spec:
        registryRef: {name: main}
        protect: {inUse: Ignore}
        rules: [{name: old, repositories: ["**"], keep: [{tags: [v1]}]}]
      ---
      apiVersion: v1
      kind: ConfigMap
      metadata: {name: ca}
      data:
        ca.crt: |
      """;

  @TempDir Path folder;

  /** Also where the other source is good: together they hold some. */
  @ParameterizedTest
  @ValueSource(
      strings = {"", "nothing\n", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"})
  void areRefused(String none) throws IOException {
    Path good = TestCertificates.in(folder).authority();
    Path bad = Files.writeString(folder.resolve("bad.crt"), none);
    String inMap = documents("in-map.yaml", none);
    String why = " is no certificates in PEM, or some of it cannot be read\n";
    String map = "winnow: " + inMap + ": ConfigMap ca: key ca.crt" + why;
    assertThat(new Cli().run("plan", "-f", inMap)).isEqualTo(new Cli.Result(2, "", map));
    assertThat(new Cli().run("plan", "-f", inMap, "--ca-file", good.toString()).err())
        .isEqualTo(map);

    String sound = documents("sound.yaml", Files.readString(good));
    String file = "winnow: --ca-file " + bad + why;
    assertThat(new Cli().run("apply", "--yes", "-f", sound, "--ca-file", bad.toString()))
        .isEqualTo(new Cli.Result(2, "", file));
    assertThat(new Cli().run("verify", "--registry", "http://a", "--ca-file", "" + bad))
        .isEqualTo(new Cli.Result(2, "", file));
    assertThat(new Cli().pause(wait -> {}).run("plan", "-f", sound, "--ca-file", "" + good).err())
        .contains("cannot connect");
  }

  private String documents(String name, String pem) throws IOException {
    return Files.writeString(folder.resolve(name), DOCUMENTS + pem.indent(4)).toString();
  }
}
