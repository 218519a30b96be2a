package dev.winnow.registry;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Wants the certificate of a name, whatever the address that was asked: a pod has that of its
 * Service. Source: RFC 6125 § 6.4.
 */
final class NamedTrust extends X509ExtendedTrustManager {
  /** RFC 5280 § 4.2.1.6: the kinds of subjectAltName. */
  private static final int DNS = 2;

  private static final int IP = 7;

  private final X509TrustManager trust;
  private final String name;

  NamedTrust(X509TrustManager trust, String name) {
    this.trust = trust;
    this.name = name.toLowerCase(Locale.ROOT).replaceAll("^\\[|]$", "");
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
    trust.checkServerTrusted(chain, type);
    Collection<List<?>> names = chain[0].getSubjectAlternativeNames();
    if (names == null || names.stream().noneMatch(this::isMeant)) {
      throw new CertificateException("the certificate is not that of " + name);
    }
  }

  private boolean isMeant(List<?> entry) {
    String other = String.valueOf(entry.get(1)).toLowerCase(Locale.ROOT);
    boolean isWild = other.startsWith("*.") && name.indexOf('.') > 0;
    return Objects.equals(entry.get(0), IP)
        ? other.equals(name)
        : Objects.equals(entry.get(0), DNS)
            && (other.equals(name)
                || (isWild && name.substring(name.indexOf('.')).equals(other.substring(1))));
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkServerTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
    throw new CertificateException("nobody is a client of ours");
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket)
      throws CertificateException {
    checkClientTrusted(chain, type);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine)
      throws CertificateException {
    checkClientTrusted(chain, type);
  }

  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return trust.getAcceptedIssuers();
  }
}
