package dev.winnow.testing;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** Some bytes of a registry, a blob or a manifest, with their media type and digest. */
public final class Content {
  private final String mediaType;
  private final byte[] bytes;
  private final String digest;

  Content(String mediaType, byte[] bytes) {
    this.mediaType = mediaType;
    this.bytes = bytes;
    this.digest = digest(bytes);
  }

  /** The sha256 digest of the bytes, in its written form. */
  public static String digest(byte[] bytes) {
    try {
      byte[] hash = MessageDigest.getInstance("SHA-256").digest(bytes);
      return "sha256:" + HexFormat.of().formatHex(hash);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java has SHA-256", e);
    }
  }

  public String mediaType() {
    return mediaType;
  }

  public String digest() {
    return digest;
  }

  public int size() {
    return bytes.length;
  }

  /** A copy of the bytes. */
  public byte[] bytes() {
    return bytes.clone();
  }

  ObjectNode descriptor() {
    return Json.object().put("mediaType", mediaType).put("digest", digest).put("size", size());
  }
}
