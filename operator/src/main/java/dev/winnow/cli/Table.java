package dev.winnow.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/**
 * Aligned columns. Rows are held back until their widths are known, up to a bound: a table of a
 * million rows needs no memory, only its later rows may stand out.
 */
final class Table {
  private static final int HELD_BACK = 5_000;
  private static final String GAP = "  ";

  private final PrintStream out;
  private final List<String[]> held = new ArrayList<>();
  private final int[] widths;
  private boolean flowing;

  Table(PrintStream out, String... columns) {
    this.out = out;
    this.widths = new int[columns.length];
    row(columns);
  }

  void row(String... cells) {
    for (int i = 0; i < widths.length; i++) {
      widths[i] = Math.max(widths[i], cells[i].length());
    }
    if (flowing) {
      print(cells);
      return;
    }
    held.add(cells);
    if (held.size() >= HELD_BACK) {
      flow();
    }
  }

  /** Prints what is held back; the header alone is no table. */
  void end() {
    if (held.size() > 1) {
      endWithHeader();
    }
  }

  /** Prints what is held back, the header in any case. */
  void endWithHeader() {
    if (!flowing) {
      flow();
    }
  }

  private void flow() {
    held.forEach(this::print);
    held.clear();
    flowing = true;
  }

  private void print(String[] cells) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < cells.length; i++) {
      line.append(cells[i]);
      if (i < cells.length - 1) {
        line.repeat(' ', widths[i] - cells[i].length()).append(GAP);
      }
    }
    out.println(line.toString().stripTrailing());
  }
}
