package dev.winnow.storage;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Failures in words: what an exception says of itself begins with the name of its class. */
final class FailureText {
  private static final Pattern CLASS =
      Pattern.compile("(?:[a-z]\\w*\\.)+([A-Z][\\w$]*)(?:Exception|Error)(?:: |$)");

  /** Of these the message is nothing but a path. */
  private static final Map<String, String> KNOWN =
      Map.of(
          "AccessDenied", "permission denied",
          "NoSuchFile", "there is no such file or folder",
          "FileAlreadyExists", "it is there already",
          "NotDirectory", "it is no folder",
          "DirectoryNotEmpty", "the folder is not empty",
          "EOF", "it ends too early");

  private FailureText() {}

  /** A text that may end in what an exception says, and that in what another does. */
  static String of(String text) {
    Matcher name = CLASS.matcher(text);
    if (!name.find()) {
      return text.endsWith(": null") ? text.substring(0, text.length() - 6) : text;
    }
    String rest = of(text.substring(name.end()));
    String why = KNOWN.getOrDefault(name.group(1), rest.isEmpty() ? "it failed" : "");
    return text.substring(0, name.start())
        + rest
        + (rest.isEmpty() || why.isEmpty() ? "" : ": ")
        + why;
  }
}
