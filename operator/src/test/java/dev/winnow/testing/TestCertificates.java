package dev.winnow.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** A certificate authority of the tests' own and its certificate for a server on this machine. */
public final class TestCertificates {
  private final Path folder;
  private final Keys authority;

  private TestCertificates(Path folder, Keys authority) {
    this.folder = folder;
    this.authority = authority;
  }

  /** Makes both; the files stay in the folder. */
  public static TestCertificates in(Path folder) {
    Path store = folder.resolve("keys.p12");
    Keys authority = Keys.make(store, "ca", "Winnow test CA", "-ext", "bc:critical=ca:true");
    Keys server =
        Keys.make(
            store,
            "server",
            "localhost",
            "-signer",
            "ca",
            "-ext",
            "san=dns:localhost,ip:127.0.0.1");
    TestCertificates certificates = new TestCertificates(folder, authority);
    try {
      Files.writeString(certificates.authority(), authority.certificatePem());
      Files.writeString(certificates.certificate(), server.certificatePem());
      Files.writeString(certificates.key(), server.keyPem());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return certificates;
  }

  /** The PEM file of the authority: what a client has to trust. */
  public Path authority() {
    return folder.resolve("ca.pem");
  }

  /** The PEM file of the server's certificate. */
  public Path certificate() {
    return folder.resolve("server.pem");
  }

  /** The PEM file of the server's private key. */
  public Path key() {
    return folder.resolve("server-key.pem");
  }

  /** What a Java client needs to trust the authority, and nobody else. */
  public SSLContext sslContext() {
    try {
      KeyStore trusted = KeyStore.getInstance("PKCS12");
      trusted.load(null, null);
      trusted.setCertificateEntry("ca", authority.certificate());
      TrustManagerFactory managers =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      managers.init(trusted);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, managers.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }
}
