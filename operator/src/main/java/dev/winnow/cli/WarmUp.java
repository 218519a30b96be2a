package dev.winnow.cli;

import dev.winnow.oci.Digest;
import dev.winnow.oci.InvalidManifestException;
import dev.winnow.oci.ManifestParser;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;

/**
 * Loads on a second processor, while the first reads the arguments, what nearly all commands need
 * and what is slow only the first time: annotations of options, SHA-256, the JSON parser. Nothing
 * depends on it.
 */
final class WarmUp {
  private WarmUp() {}

  /** Begins it, where there is a processor to spare and a command that is not just about help. */
  static void begin(String... args) {
    boolean isCommand = args.length > 1 && !args[0].startsWith("-");
    if (isCommand && Runtime.getRuntime().availableProcessors() > 1) {
      Thread.ofPlatform().daemon().name("warm-up").start(WarmUp::load);
    }
  }

  private static void load() {
    for (Field option : CollectCommand.class.getDeclaredFields()) {
      option.getAnnotations();
    }
    Digest digest = Digest.sha256(new byte[0]);
    String manifest = "{\"schemaVersion\":2,\"layers\":[{\"digest\":\"%s\",\"size\":0}]}";
    try {
      ManifestParser.parse(
          manifest.replace("%s", digest.toString()).getBytes(StandardCharsets.UTF_8));
    } catch (InvalidManifestException e) {
      throw new IllegalStateException("a manifest of our own", e);
    }
  }
}
