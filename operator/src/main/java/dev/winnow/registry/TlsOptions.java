package dev.winnow.registry;

/**
 * Whom to trust over TLS.
 *
 * @param caBundle certificates in PEM, added to the default trust; empty for none
 * @param skipVerification trust everybody
 * @param serverName whose certificate it must be; empty: that of the host that is asked
 */
public record TlsOptions(String caBundle, boolean skipVerification, String serverName) {
  /** The default trust of the Java runtime. */
  public static final TlsOptions DEFAULT = new TlsOptions("", false);

  public TlsOptions(String caBundle, boolean skipVerification) {
    this(caBundle, skipVerification, "");
  }

  /** Whether a text holds certificates in PEM, all of them readable. */
  public static boolean areCertificates(String pem) {
    try {
      return !TrustedCertificates.certificates(pem).isEmpty();
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  @Override
  public String toString() {
    return "TlsOptions[caBundle="
        + (caBundle.isEmpty() ? "none" : "given")
        + ", skipVerification="
        + skipVerification
        + ", serverName="
        + serverName
        + "]";
  }
}
