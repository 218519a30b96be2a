package dev.winnow.run;

import dev.winnow.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * The digest of a plan: what an approval is given for. It covers the registry, the policy as it
 * was, and each deletion; no times and no counts.
 */
public final class PlanDigest {
  private final MessageDigest hash = Digest.sha256(new byte[0]).newHash();

  /**
   * @param hostPort the registry
   * @param uid the policy's UID; empty without a cluster
   * @param generation the policy's generation; without a cluster the sha256 of its spec
   */
  public PlanDigest(String hostPort, String uid, String generation) {
    add(hostPort + "\0" + uid + "\0" + generation + "\n");
  }

  /** Adds a deletion; they come in byte order of repository and tag. */
  public void delete(String repository, String tag, Digest digest) {
    add(repository + "\0" + tag + "\0" + digest + "\n");
  }

  /** The digest, as {@code sha256:<hex>}; ends the adding. */
  public String finish() {
    return "sha256:" + HexFormat.of().formatHex(hash.digest());
  }

  private void add(String text) {
    hash.update(text.getBytes(StandardCharsets.UTF_8));
  }
}
