package dev.winnow.cli;

/** Standard input can be read once. */
final class OneStandardInput {
  private OneStandardInput() {}

  static void check(PolicyFiles files, RegistryAccess access) throws CommandException {
    if (files.readsStandardInput() && access.readsStandardInput()) {
      throw new CommandException(
          Exit.USAGE, "-f - and --password-stdin both want standard input; put one in a file");
    }
  }
}
