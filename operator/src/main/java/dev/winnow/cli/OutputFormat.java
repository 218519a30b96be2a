package dev.winnow.cli;

import java.io.IOException;

/** The forms of {@code -o}. */
enum OutputFormat {
  table,
  json,
  jsonl;

  /** The output of plans, or of what became of them. */
  PlanOutput open(Terminal terminal, boolean result, boolean all, boolean several)
      throws IOException {
    String kind = result ? "Result" : "Plan";
    return switch (this) {
      case table -> new TableOutput(terminal.out(), result, all);
      case json -> new JsonOutput(terminal.out(), kind, several);
      case jsonl -> new JsonLinesOutput(terminal.out(), kind);
    };
  }
}
