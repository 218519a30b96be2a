package dev.winnow.cli;

import picocli.CommandLine.Option;

/** {@code -o} where there is nothing to stream. */
final class TableOrJsonOption {
  /** The forms. */
  private enum Format {
    table,
    json
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "${COMPLETION-CANDIDATES}; default ${DEFAULT-VALUE}.")
  private Format format = Format.table;

  boolean isJson() {
    return format == Format.json;
  }
}
