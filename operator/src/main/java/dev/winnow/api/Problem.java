package dev.winnow.api;

/**
 * Something wrong with a document.
 *
 * @param path the field, as {@code spec.rules[0].keep[1].newest}
 * @param message what is wrong and what to write instead
 */
public record Problem(String path, String message) {}
