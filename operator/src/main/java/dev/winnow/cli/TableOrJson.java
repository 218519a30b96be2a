package dev.winnow.cli;

/** The forms of {@code -o} where there is nothing to stream. */
enum TableOrJson {
  table,
  json
}
