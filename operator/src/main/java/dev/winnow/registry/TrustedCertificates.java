package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.TrustManagerFactory;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/** Makes an {@link SSLContext} of {@link TlsOptions}. */
final class TrustedCertificates {
  private TrustedCertificates() {}

  /**
   * @throws IllegalArgumentException when the bundle holds no certificates
   */
  static SSLContext context(TlsOptions options) {
    try {
      boolean isDefault = options.caBundle().isEmpty() && options.serverName().isEmpty();
      if (!options.skipVerification() && isDefault) {
        return SSLContext.getDefault();
      }
      SSLContext context = SSLContext.getInstance("TLS");
      TrustManager[] trust =
          options.skipVerification()
              ? new TrustManager[] {new TrustAll()}
              : withAdded(
                  options.caBundle().isEmpty() ? List.of() : certificates(options.caBundle()));
      if (!options.skipVerification() && !options.serverName().isEmpty()) {
        trust = new TrustManager[] {new NamedTrust(x509(trust), options.serverName())};
      }
      context.init(null, trust, null);
      return context;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException("this Java runtime has no usable TLS", e);
    }
  }

  private static X509TrustManager x509(TrustManager... managers) {
    return Arrays.stream(managers)
        .filter(X509TrustManager.class::isInstance)
        .map(X509TrustManager.class::cast)
        .findFirst()
        .orElseThrow();
  }

  /** The default trust and these certificates in one store, as a chain may need both. */
  private static TrustManager[] withAdded(Collection<? extends Certificate> added)
      throws GeneralSecurityException, IOException {
    KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
    store.load(null, null);
    TrustManagerFactory factory =
        TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    factory.init((KeyStore) null);
    int number = 0;
    for (TrustManager manager : factory.getTrustManagers()) {
      if (manager instanceof X509TrustManager x509) {
        for (X509Certificate certificate : x509.getAcceptedIssuers()) {
          store.setCertificateEntry("default-" + number++, certificate);
        }
      }
    }
    for (Certificate certificate : added) {
      store.setCertificateEntry("added-" + number++, certificate);
    }
    factory.init(store);
    return factory.getTrustManagers();
  }

  static Collection<? extends Certificate> certificates(String pem) {
    try {
      Collection<? extends Certificate> certificates =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pem.getBytes(UTF_8)));
      if (!certificates.isEmpty()) {
        return certificates;
      }
    } catch (CertificateException e) {
      throw new IllegalArgumentException("the CA bundle is not certificates in PEM", e);
    }
    throw new IllegalArgumentException("the CA bundle holds no certificate in PEM");
  }

  /** Accepts every chain and, being an extended one, every host name. */
  private static final class TrustAll extends X509ExtendedTrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
