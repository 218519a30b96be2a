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
    return open(terminal, result, all, several, PlanOutput.More.NOTHING);
  }

  /** The same with more fields behind those of each plan, where it is JSON. */
  PlanOutput open(
      Terminal terminal, boolean result, boolean all, boolean several, PlanOutput.More more)
      throws IOException {
    String kind = result ? "Result" : "Plan";
    return switch (this) {
      case table -> new TableOutput(terminal.out(), result, all);
      case json -> new JsonOutput(terminal.out(), kind, several, more);
      case jsonl -> new JsonLinesOutput(terminal.out(), kind, more);
    };
  }
}
