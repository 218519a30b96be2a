package dev.winnow.registry;

import static dev.winnow.registry.RetriesTest.assertFails;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.winnow.oci.Digest;
import dev.winnow.registry.RegistryException.Kind;
import dev.winnow.registry.auth.CredentialSource;
import dev.winnow.registry.auth.Credentials;
import dev.winnow.testing.Content;
import dev.winnow.testing.EachRegistry;
import dev.winnow.testing.RegistryVersion;
import dev.winnow.testing.TestCertificates;
import dev.winnow.testing.TestImage;
import dev.winnow.testing.TestImages;
import dev.winnow.testing.TestRegistry;
import dev.winnow.testing.TokenServer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.io.TempDir;

class RealAccessTest {
  private static final TestImage IMAGE = TestImages.oci("hello").build();
  private static final DeleteGuard LETS = (_, _) -> Optional.empty();

  @EachRegistry
  void showsAPassword(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).htpasswd("ann", "s3cret").start();
        RegistryClient ann = Clients.withCredentials(registry.url());
        RegistryClient nobody = Clients.to(registry.url());
        RegistryClient wrong =
            new Clients().of(registry.url(), e -> e.withCredentials(password("wrong")))) {
      ann.ping();
      assertThat(ann.catalog(_ -> {})).isEqualTo(new Catalog.Empty());
      assertFails(nobody::ping, Kind.UNAUTHORIZED);
      assertFails(wrong::ping, Kind.UNAUTHORIZED);
    }
  }

  @EachRegistry
  void getsTokensForWhatItDoes(RegistryVersion version) throws IOException {
    try (TokenServer tokens =
            TokenServer.start()
                .user("ann", "s3cret")
                .allowCatalog("ann")
                .allow("ann", "team/*", "pull", "push", "delete")
                .allow("", "open/*", "pull");
        TestRegistry registry = TestRegistry.of(version).tokenAuth(tokens).start();
        RegistryClient ann = Clients.withCredentials(registry.url());
        RegistryClient identified =
            new Clients()
                .of(
                    registry.url(),
                    e ->
                        e.withCredentials(
                            CredentialSource.of(
                                new Credentials.IdentityToken("", tokens.identityToken("ann")))));
        RegistryClient nobody = Clients.to(registry.url())) {
      for (Content blob : IMAGE.blobs()) {
        ann.uploadBlob(
            "team/app",
            new Digest(blob.digest()),
            blob.size(),
            () -> new ByteArrayInputStream(blob.bytes()));
        assertThat(ann.mountBlob("team/b", "team/app", new Digest(blob.digest()))).isTrue();
      }
      ann.putManifest("team/app", "v1", IMAGE.bytes(), IMAGE.mediaType());
      assertThat(identified.tags("team/app")).isEqualTo(new TagList.Found(List.of("v1")));
      assertThat(identified.catalog(_ -> {})).isInstanceOf(Catalog.Listed.class);
      assertFails(() -> nobody.tags("team/app"), Kind.UNAUTHORIZED);
      assertThat(nobody.tags("open/none")).isEqualTo(new TagList.NotFound());
      assertThat(ann.deleteManifest("team/app", IMAGE.digest(), LETS))
          .isEqualTo(new Deleted.Done());
    }
  }

  @EachRegistry
  void trustsAnAuthorityThatWasAdded(RegistryVersion version, @TempDir Path folder)
      throws IOException {
    TestCertificates certificates = TestCertificates.in(folder);
    TlsOptions added = new TlsOptions(Files.readString(certificates.authority()), false);
    try (TestRegistry registry = TestRegistry.of(version).tls(certificates).start();
        RegistryClient trusting = new Clients().of(registry.url(), e -> e.withTls(added));
        RegistryClient careless =
            new Clients().of(registry.url(), e -> e.withTls(new TlsOptions("", true)));
        RegistryClient distrustful = Clients.to(registry.url());
        RegistryClient plain = Clients.to(URI.create("http://" + registry.hostPort()))) {
      trusting.ping();
      careless.ping();
      byte[] bytes = new byte[1 << 20];
      Digest digest = Digest.sha256(bytes);
      trusting.uploadBlob("a", digest, bytes.length, () -> new ByteArrayInputStream(bytes));
      assertThat(((BlobContent.Found) trusting.blob("a", digest, bytes.length)).bytes())
          .isEqualTo(bytes);
      assertFails(distrustful::ping, Kind.UNTRUSTED_CERTIFICATE);
      assertThatThrownBy(distrustful::ping).hasMessageContaining("give the bundle of its CA");
      assertFails(plain::ping, Kind.TLS_EXPECTED);
    }
  }

  @EachRegistry
  void saysThatARegistrySpeaksPlainHttp(RegistryVersion version) throws IOException {
    try (TestRegistry registry = TestRegistry.of(version).start();
        RegistryClient client = Clients.to(URI.create("https://" + registry.hostPort()))) {
      assertFails(client::ping, Kind.PLAIN_HTTP);
    }
  }

  private static CredentialSource password(String password) {
    return CredentialSource.of(new Credentials.UserPassword("ann", password));
  }
}
