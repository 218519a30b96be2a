package dev.winnow.cli;

/** The forms of {@code -o} where there is no stream of decisions. */
enum TextFormat {
  table,
  json
}
