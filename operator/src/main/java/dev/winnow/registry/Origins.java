package dev.winnow.registry;

import java.net.URI;
import java.util.Locale;

/** Scheme, host and port of an address. Source: RFC 6454 § 4. */
final class Origins {
  private Origins() {}

  static String hostAndPort(URI address) {
    int port = address.getPort();
    return String.valueOf(address.getHost()).toLowerCase(Locale.ROOT)
        + ":"
        + (port != -1 ? port : isHttps(address) ? 443 : 80);
  }

  static boolean same(URI one, URI other) {
    if (one.getRawAuthority() != null
        && one.getRawAuthority().equals(other.getRawAuthority())
        && one.getScheme().equals(other.getScheme())) {
      return true; // The usual case, without making strings.
    }
    return isHttps(one) == isHttps(other) && hostAndPort(one).equals(hostAndPort(other));
  }

  static boolean isHttps(URI address) {
    return "https".equalsIgnoreCase(address.getScheme());
  }
}
