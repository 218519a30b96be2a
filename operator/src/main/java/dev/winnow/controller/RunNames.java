package dev.winnow.controller;

import dev.winnow.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Names of runs that follow from what they are for: two operators, or one that begins again after a
 * crash, make the same run and not a second one.
 */
final class RunNames {
  private static final int LONGEST_POLICY = 40;
  private static final int HEX = 8;

  private RunNames() {}

  /** The run of a time of the schedule. */
  static String scheduled(String policy, String uid, Instant due) {
    return base(policy, uid) + due.getEpochSecond() / 60;
  }

  /** The run that a value of the annotation asks for. */
  static String requested(String policy, String uid, String request) {
    return base(policy, uid) + "r" + hex(request);
  }

  private static String base(String policy, String uid) {
    String start = policy.substring(0, Math.min(policy.length(), LONGEST_POLICY));
    // A name may have dots, but not before a dash.
    return start.replaceAll("[^a-z0-9]+$", "") + "-" + uid.replace("-", "").substring(0, HEX) + "-";
  }

  private static String hex(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8)).hex().substring(0, HEX);
  }
}
