package dev.winnow.cli;

import static dev.winnow.cli.Scenario.image;
import static dev.winnow.cli.Scenario.json;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.ImagePusher;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.StoreWriter;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code verify} and {@code inspect} of a registry's volume. */
class StoreCommandsTest {
  private static final Instant PUSHED = Instant.parse("2026-05-01T10:00:00Z");

  @TempDir private Path root;
  private StoreWriter store;
  private final TestImage one = image("one", 10);
  private final TestImage two = image("two", 20);

  @BeforeEach
  void setUp() {
    store = new StoreWriter(root).pushedAt(PUSHED);
    store.push("app", "v1", one).push("app", "v2", two);
    store.push("base", "v1", TestImages.index().add(one).build());
  }

  private Cli.Result verify(String... more) {
    String[] args = new String[5 + more.length];
    System.arraycopy(
        new String[] {"verify", "--root", root.toString(), "-o", "json"}, 0, args, 0, 5);
    System.arraycopy(more, 0, args, 5, more.length);
    return new Cli().run(args);
  }

  private void assertDamage(Cli.Result result, String tag, String missing, String why)
      throws IOException {
    assertThat(result.status()).as("%s", result).isEqualTo(4);
    JsonNode damage = json(result).path("damaged").get(0);
    assertThat(damage.path("tag").asText()).isEqualTo(tag);
    assertThat(damage.path("missing").asText()).isEqualTo(missing);
    assertThat(damage.path("why").asText()).contains(why);
  }

  private String layer(TestImage image) {
    return image.blobs().getLast().digest();
  }

  @Test
  void aWholeStoreIsWhole() throws IOException {
    Cli.Result whole = verify("--deep");
    assertThat(whole.status()).as("%s", whole).isZero();
    assertThat(json(whole).path("tags").asInt()).isEqualTo(3);
    assertThat(json(whole).path("repositories").asInt()).isEqualTo(2);
  }

  @Test
  void aLayerWithoutData() throws IOException {
    Files.delete(store.blob(layer(two)));
    assertDamage(verify(), "v2", layer(two), "is not there; push the image again");
  }

  @Test
  void aLayerWithoutItsLink() throws IOException {
    Files.delete(store.layer("app", layer(two)));
    assertDamage(verify(), "v2", layer(two), "its link docker/registry/v2/repositories/app/");
  }

  @Test
  void aLayerThatIsTruncated() throws IOException {
    Files.write(store.blob(layer(two)), new byte[0]);
    assertDamage(verify(), "v2", layer(two), "the blob has 0 bytes and should have ");
  }

  @Test
  void aLayerOfOtherBytesIsFoundByReadingIt() throws IOException {
    byte[] bytes = Files.readAllBytes(store.blob(layer(two)));
    bytes[0]++;
    Files.write(store.blob(layer(two)), bytes);
    assertThat(verify().status()).isZero();
    assertDamage(verify("--deep"), "v2", layer(two), "are not what its digest says");
  }

  @Test
  void aMemberOfAnIndexWithoutItsRevision() throws IOException {
    Files.delete(store.revision("base", one.digest()));
    assertDamage(verify(), "v1", one.digest(), "the manifest is not there: its link ");
  }

  @Test
  void aManifestOfOtherBytes() throws IOException {
    Files.writeString(store.blob(two.digest()), "{}");
    assertDamage(verify(), "v2", two.digest(), "is not what its digest says");
  }

  @Test
  void aManifestWithoutItsRevision() throws IOException {
    Files.delete(store.revision("app", two.digest()));
    assertDamage(verify(), "v2", two.digest(), "the manifest is not there: its link ");
  }

  @Test
  void aTagWhoseLinkIsEmpty() throws IOException {
    Files.write(store.tag("app", "v2").resolve("current/link"), new byte[0]);
    assertDamage(verify(), "v2", "v2", "current/link is empty");
  }

  @Test
  void anImageInTheTrashCanBeBroughtBack() throws IOException {
    Path trash = root.resolve(".winnow/trash/20260501T100000-1/blobs/sha256");
    Files.createDirectories(trash);
    Files.move(store.blob(layer(two)), trash.resolve(layer(two).substring("sha256:".length())));
    assertDamage(verify(), "v2", layer(two), "it is in the trash, and winnow restore");
  }

  @Test
  void whatIsNoStoreIsRefused(@TempDir Path empty) {
    for (String command : new String[] {"verify", "inspect"}) {
      Cli.Result result = new Cli().run(command, "--root", empty.toString());
      assertThat(result.status()).isEqualTo(3);
      assertThat(result.err()).contains("is empty: is the volume mounted?");
      assertThat(new Cli().run(command).status()).isEqualTo(2);
      assertThat(new Cli().run(command, "--root", "a", "--registry", "http://b").status())
          .isEqualTo(2);
    }
  }

  /** The other tags are shown all the same. */
  @Test
  void anImageWithADamagedConfigIsNamed() throws IOException {
    String config = two.blobs().getFirst().digest();
    Files.writeString(store.blob(config), "{}");
    String[] inspect = {"inspect", "--root", root.toString(), "-o", "json", "app"};
    Cli.Result result = new Cli().run(inspect);
    assertThat(result.status()).isEqualTo(1);
    assertThat(result.err()).contains("app:v2 cannot be shown", "is not what its digest says");
    JsonNode tags = json(result).path("tags");
    assertThat(tags).singleElement().matches(tag -> tag.path("tag").asText().equals("v1"));
  }

  /** Of d/.. with a link d the text says another folder. */
  @Test
  void aFolderIsFoundBehindASymbolicLink() throws IOException {
    Path links = Files.createDirectory(root.resolve("links"));
    Path link = Files.createSymbolicLink(links.resolve("d"), root.resolve("docker"));
    for (String command : new String[] {"inspect", "verify", "restore"}) {
      Cli.Result result = new Cli().run(command, "--root", link + "/..");
      assertThat(result.status()).as("%s", result).isZero();
    }
    assertThat(new Cli().run("collect", "--root", link + "/..", "--dry-run", "-o", "json").out())
        .contains("\"root\":\"" + root.toRealPath() + "\"");
  }

  @EachRegistry
  void showsWhatTheApiShowsAndWhenItWasPushed(RegistryVersion version, @TempDir Path served)
      throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).root(served).start();
        ImagePusher images = ImagePusher.to(registry.url())) {
      images.push("app", "v1", one);
      images.push("app", "v2", two);
      String url = registry.url().toString();
      for (String[] what : new String[][] {{}, {"app:v1"}, {"app@" + two.digest()}}) {
        assertThat(inspect("--root", served.toString(), what))
            .isEqualTo(inspect("--registry", url, what));
      }
      JsonNode tags = inspect("--root", served.toString(), "app").path("tags");
      assertThat(Instant.parse(tags.get(0).path("pushed").asText()))
          .isEqualTo(
              Files.getLastModifiedTime(
                      new StoreWriter(served).tag("app", "v1").resolve("current/link"))
                  .toInstant());
    }
  }

  private static JsonNode inspect(String option, String place, String... what) throws IOException {
    String[] args = new String[5 + what.length];
    System.arraycopy(new String[] {"inspect", option, place, "-o", "json"}, 0, args, 0, 5);
    System.arraycopy(what, 0, args, 5, what.length);
    Cli.Result result = new Cli().run(args);
    assertThat(result.status()).as(result.err()).isZero();
    return json(result);
  }
}
