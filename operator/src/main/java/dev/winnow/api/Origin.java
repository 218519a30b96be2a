package dev.winnow.api;

/**
 * Where a document comes from.
 *
 * @param file the file, as the user named it
 * @param document number of the document in the file, from 1
 * @param item its path when the document is a {@code List} that it is an item of, as {@code
 *     items[2]}; else empty
 */
public record Origin(String file, int document, String item) {
  /** A document of its own. */
  static Origin of(String file, int document) {
    return new Origin(file, document, "");
  }

  /** An item of this document. */
  Origin item(int index) {
    return new Origin(file, document, YamlFields.join(item, "items[" + index + "]"));
  }

  /** Which of the file's documents it is, for a message. */
  String name() {
    return "document " + document + (item.isEmpty() ? "" : ", " + item);
  }
}
