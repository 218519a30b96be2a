package dev.winnow.controller;

import dev.winnow.oci.Digest;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Names of runs that follow from what they are for: two operators, or one that begins again after a
 * crash, make the same run and not a second one.
 */
final class RunNames {
  private static final int LONGEST_NAME = 40;
  private static final int HEX = 8;

  private RunNames() {}

  /** The run of a time of the schedule. */
  static String scheduled(String policy, String uid, Instant due) {
    return base(policy, hexOf(uid)) + due.getEpochSecond() / 60;
  }

  /** The run that a value of the annotation asks for. */
  static String requested(String policy, String uid, String request) {
    return base(policy, hexOf(uid)) + "r" + hex(request);
  }

  /** The collection of a time of the schedule. */
  static String scheduledCollection(String registry, String uid, Instant due) {
    return base(registry, "gc-" + hexOf(uid)) + due.getEpochSecond() / 60;
  }

  /** The collection that a value of the annotation asks for. */
  static String requestedCollection(String registry, String uid, String request) {
    return base(registry, "gc-" + hexOf(uid)) + "r" + hex(request);
  }

  private static String base(String name, String more) {
    String start = name.substring(0, Math.min(name.length(), LONGEST_NAME));
    // A name may have dots, but not before a dash.
    return start.replaceAll("[^a-z0-9]+$", "") + "-" + more + "-";
  }

  private static String hexOf(String uid) {
    return uid.replace("-", "").substring(0, HEX);
  }

  private static String hex(String text) {
    return Digest.sha256(text.getBytes(StandardCharsets.UTF_8)).hex().substring(0, HEX);
  }
}
