package dev.winnow.oci;

import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The tags by which clients attach referrers to a subject on registries without a Referrers API:
 * the OCI fallback tag {@code sha256-<hex>} and cosign's {@code sha256-<hex>.sig|.att|.sbom}.
 * Sources: OCI distribution spec <em>Referrers Tag Schema</em>; cosign
 * <em>specs/SIGNATURE_SPEC.md</em>.
 */
public final class ReferrerTag {
  private static final Pattern FORM = Pattern.compile("sha256-([0-9a-f]{64})(\\.(sig|att|sbom))?");
  private static final int SHORTEST = "sha256-".length() + 64;

  private ReferrerTag() {}

  /** The subject that a tag of this form is about; empty for every other tag. */
  public static Optional<Digest> subjectOf(String tag) {
    if (tag.length() < SHORTEST || !tag.startsWith("sha256-")) {
      return Optional.empty();
    }
    Matcher form = FORM.matcher(tag);
    return form.matches() ? Optional.of(new Digest("sha256:" + form.group(1))) : Optional.empty();
  }

  /** The fallback tag of a subject. Source: OCI distribution spec, hex cut to 64 characters. */
  public static String fallbackFor(Digest subject) {
    String hex = subject.hex();
    return subject.algorithm() + "-" + (hex.length() > 64 ? hex.substring(0, 64) : hex);
  }
}
