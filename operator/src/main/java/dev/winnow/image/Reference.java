package dev.winnow.image;

import dev.winnow.api.Parsed;
import dev.winnow.oci.Digest;
import java.net.URI;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A name of an image: {@code [http[s]://]host[:port]/repository[:tag|@digest]}. Without a scheme it
 * is HTTPS. Source: OCI distribution spec <em>Pulling manifests</em> for the grammar of names and
 * tags.
 *
 * @param registry scheme, host and port
 * @param repository the repository
 * @param reference a tag or digest; {@code latest} when the name has none
 */
public record Reference(URI registry, String repository, String reference) {
  private static final String COMPONENT = "[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*";
  private static final String REPOSITORY = COMPONENT + "(?:/" + COMPONENT + ")*";
  private static final String TAG = "[a-zA-Z0-9_][a-zA-Z0-9._-]{0,127}";
  private static final Pattern NAME =
      Pattern.compile(
          "(?:(https?)://)?([a-zA-Z0-9.-]+|\\[[0-9a-fA-F:]+\\])(:\\d{1,5})?/("
              + REPOSITORY
              + ")(?::("
              + TAG
              + "))?(?:@(.+))?");
  private static final Pattern IN_REPOSITORY =
      Pattern.compile("(" + REPOSITORY + ")(?::(" + TAG + ")|@(.+))?");

  /** Reads a full name. */
  public static Parsed<Reference> parse(String text) {
    Matcher name = NAME.matcher(text);
    if (!name.matches() || (name.group(6) != null && Digest.parse(name.group(6)).isEmpty())) {
      return Parsed.bad(
          "'" + text + "' is no image; write [http://]host[:port]/repository[:tag|@digest]");
    }
    String scheme = name.group(1) == null ? "https" : name.group(1);
    String port = name.group(3) == null ? "" : name.group(3);
    String reference = name.group(6) != null ? name.group(6) : name.group(5);
    return Parsed.ok(
        new Reference(
            URI.create(scheme + "://" + name.group(2) + port),
            name.group(4),
            reference == null ? "latest" : reference));
  }

  /** Reads {@code repository[:tag|@digest]}; without tag and digest the reference is empty. */
  public static Parsed<Reference> parseIn(URI registry, String text) {
    Matcher name = IN_REPOSITORY.matcher(text);
    if (!name.matches() || (name.group(3) != null && Digest.parse(name.group(3)).isEmpty())) {
      return Parsed.bad("'" + text + "' is not REPOSITORY, REPOSITORY:TAG or REPOSITORY@DIGEST");
    }
    String reference = name.group(2) != null ? name.group(2) : name.group(3);
    return Parsed.ok(new Reference(registry, name.group(1), reference == null ? "" : reference));
  }

  /** Whether it names a tag, not a digest or a repository. */
  public boolean isTag() {
    return !reference.isEmpty() && !reference.contains(":");
  }

  @Override
  public String toString() {
    return reference.isEmpty() ? repository : repository + (isTag() ? ":" : "@") + reference;
  }
}
