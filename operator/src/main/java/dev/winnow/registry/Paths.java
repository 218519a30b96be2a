package dev.winnow.registry;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.winnow.oci.Digest;
import java.net.URI;
import java.util.HexFormat;

/**
 * The addresses of the API. Names come from the registry, where anything may be called anything
 * (stray files are listed as tags): what is not plain is escaped, what would leave its place in the
 * path is refused. Source: OCI distribution spec <em>Endpoints</em>.
 */
final class Paths {
  private static final HexFormat HEX = HexFormat.of().withUpperCase();

  private final String base;

  Paths(URI base) {
    this.base = base + "/v2/";
  }

  URI root() {
    return URI.create(base);
  }

  URI catalog(String query) {
    return URI.create(base + "_catalog" + query);
  }

  URI tags(String repository, String query) throws RegistryException {
    return URI.create(base + repository(repository) + "/tags/list" + query);
  }

  URI manifest(String repository, String reference) throws RegistryException {
    return URI.create(base + repository(repository) + "/manifests/" + segment(reference));
  }

  URI referrers(String repository, Digest subject) throws RegistryException {
    return URI.create(base + repository(repository) + "/referrers/" + subject);
  }

  URI blob(String repository, Digest digest) throws RegistryException {
    return URI.create(base + repository(repository) + "/blobs/" + digest);
  }

  URI upload(String repository) throws RegistryException {
    return URI.create(base + repository(repository) + "/blobs/uploads/");
  }

  URI mount(String repository, String from, Digest digest) throws RegistryException {
    return URI.create(
        upload(repository)
            + "?mount="
            + escape(digest.text())
            + "&from="
            + escape(repository(from)));
  }

  /** The address with another parameter; what the registry put there stays as it is. */
  static URI with(URI address, String name, String value) {
    String text = address.toString();
    return URI.create(
        text + (address.getRawQuery() == null ? '?' : '&') + name + "=" + escape(value));
  }

  private static String repository(String name) throws RegistryException {
    int start = 0;
    boolean plain = true;
    for (int i = 0; i <= name.length(); i++) {
      if (i == name.length() || name.charAt(i) == '/') {
        requireSegment(name, start, i);
        start = i + 1;
      } else {
        plain &= isPlain(name.charAt(i));
      }
    }
    return plain ? name : escape(name);
  }

  private static String segment(String reference) throws RegistryException {
    requireSegment(reference, 0, reference.length());
    for (int i = 0; i < reference.length(); i++) {
      char c = reference.charAt(i);
      if (!isPlain(c) && c != ':') {
        return escape(reference).replace("/", "%2F");
      }
    }
    return reference;
  }

  private static void requireSegment(String name, int start, int end) throws RegistryException {
    int length = end - start;
    boolean dots = length <= 2 && name.chars().skip(start).limit(length).allMatch(c -> c == '.');
    if (length == 0 || dots) {
      throw new RegistryException(
          RegistryException.Kind.BAD_RESPONSE, 0, "not a name in a registry: '" + name + "'");
    }
  }

  private static String escape(String text) {
    StringBuilder escaped = new StringBuilder();
    for (byte b : text.getBytes(UTF_8)) {
      char c = (char) (b & 0xff);
      if (isPlain(c) || c == '/' || c == ':') {
        escaped.append(c);
      } else {
        escaped.append('%').append(HEX.toHexDigits(b));
      }
    }
    return escaped.toString();
  }

  private static boolean isPlain(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '.'
        || c == '_'
        || c == '-';
  }
}
