package dev.winnow.cli;

import dev.winnow.api.Texts;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Collectors;

/** Names of objects as they are given to commands: what cannot be one is never sent. */
final class ObjectNames {
  private static final String LABEL = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
  private static final int LONGEST_LABEL = 63;
  private static final int LONGEST = 253;
  private static final int SHOWN = 5;

  private ObjectNames() {}

  static String namespace(String name) throws CommandException {
    if (name.length() > LONGEST_LABEL || !name.matches(LABEL)) {
      throw new CommandException(
          Exit.USAGE,
          Texts.quoted(name) + " is no name of a namespace: small letters, digits and - only");
    }
    return name;
  }

  static String object(String name) throws CommandException {
    if (name.length() > LONGEST || !name.matches(LABEL + "(\\." + LABEL + ")*")) {
      throw new CommandException(
          Exit.USAGE, Texts.quoted(name) + " is no name: small letters, digits, - and . only");
    }
    return name;
  }

  /** Which of the known names may be meant, as the end of a message. */
  static String meant(String name, Collection<String> known) {
    Optional<String> near = Texts.nearest(name, known);
    if (near.isPresent()) {
      return "; did you mean " + near.get() + "?";
    }
    return known.isEmpty()
        ? "; there is none, is that the right namespace?"
        : "; there is "
            + known.stream().sorted().limit(SHOWN).collect(Collectors.joining(", "))
            + (known.size() > SHOWN ? " and " + (known.size() - SHOWN) + " more" : "");
  }
}
