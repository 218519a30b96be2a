package dev.winnow.oci;

import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A content digest in its written form, {@code sha256:<64 hex>} or {@code sha512:<128 hex>}.
 *
 * <p>Source: OCI image spec, <em>descriptor.md § Digests</em>: both registered algorithms write
 * lower-case hex of full length. Anything else is not a digest to us, so that a digest can be used
 * in a path or a URL without another check.
 *
 * <p>No record, since its text would be looked at twice: once to say whether it is a digest, once
 * more to make one.
 */
public final class Digest implements Comparable<Digest> {
  private static final int ALGORITHM = "sha256:".length();

  private final String text;

  private Digest(String text, boolean isDigest) {
    if (!isDigest) {
      throw new IllegalArgumentException("not a digest: " + shorten(text));
    }
    this.text = text;
  }

  /**
   * @throws IllegalArgumentException when the text is not a digest
   */
  public Digest(String text) {
    this(text, isDigest(text));
  }

  /** The digest that the text says, or empty when it says none. */
  public static Optional<Digest> parse(String text) {
    return isDigest(text) ? Optional.of(new Digest(text, true)) : Optional.empty();
  }

  /** The sha256 digest whose bytes these are, from an offset on. */
  public static Digest ofSha256(byte[] bytes, int offset) {
    return new Digest("sha256:" + HexFormat.of().formatHex(bytes, offset, offset + 32), true);
  }

  /** The written form. */
  public String text() {
    return text;
  }

  /** The sha256 digest of the bytes. */
  public static Digest sha256(byte[] bytes) {
    return of("sha256", bytes);
  }

  /**
   * The digest of the bytes under the same algorithm as this one: equal when they are its content.
   */
  public Digest ofSameAlgorithm(byte[] bytes) {
    return of(algorithm(), bytes);
  }

  /** A fresh hash of this digest's algorithm, for content that comes in pieces. */
  public MessageDigest newHash() {
    return hash(algorithm());
  }

  /** Whether a hash fed with some content says that this is its digest. */
  public boolean matches(MessageDigest fed) {
    return HexFormat.of().formatHex(fed.digest()).equals(hex());
  }

  /** {@code sha256} or {@code sha512}. */
  public String algorithm() {
    return text.substring(0, text.indexOf(':'));
  }

  /** The hex after the colon. */
  public String hex() {
    return text.substring(text.indexOf(':') + 1);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Digest digest && digest.text.equals(text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  @Override
  public int compareTo(Digest other) {
    return text.compareTo(other.text);
  }

  @Override
  public String toString() {
    return text;
  }

  private static Digest of(String algorithm, byte[] bytes) {
    String hex = HexFormat.of().formatHex(hash(algorithm).digest(bytes));
    return new Digest(algorithm + ":" + hex, true);
  }

  private static MessageDigest hash(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm.equals("sha512") ? "SHA-512" : "SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256 and SHA-512", e);
    }
  }

  /**
   * Looked at by hand: a plan reads several digests a tag, and an expression takes ten times as
   * long.
   */
  private static boolean isDigest(String text) {
    int hex = text.length() - ALGORITHM;
    boolean known =
        (hex == 64 && text.startsWith("sha256:")) || (hex == 128 && text.startsWith("sha512:"));
    if (!known) {
      return false;
    }
    for (int i = ALGORITHM; i < text.length(); i++) {
      char c = text.charAt(i);
      if ((c < '0' || c > '9') && (c < 'a' || c > 'f')) {
        return false;
      }
    }
    return true;
  }

  private static String shorten(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "…";
  }
}
