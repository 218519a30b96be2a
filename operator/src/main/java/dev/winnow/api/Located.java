package dev.winnow.api;

import java.util.Map;
import java.util.Set;

/**
 * A value read from a document, with the places of its fields.
 *
 * @param origin the document
 * @param subject kind and name
 * @param value what the document says
 * @param places where each path stands
 * @param broken paths that already have a problem
 */
public record Located<T>(
    Origin origin, String subject, T value, Map<String, Place> places, Set<String> broken) {

  /**
   * @param line line, from 1
   * @param column column, from 1
   */
  public record Place(int line, int column) {}

  /** The problem with its place: that of its path, or of the nearest parent that stands there. */
  public DocumentProblem at(Problem problem) {
    String path = problem.path();
    while (!places.containsKey(path) && !path.isEmpty()) {
      path = parent(path);
    }
    Place place = places.getOrDefault(path, new Place(0, 0));
    return new DocumentProblem(origin, subject, place.line(), place.column(), problem);
  }

  /**
   * Whether a problem at this path would only repeat one that is known: a field that could not be
   * read has no meaning that could be wrong too.
   */
  public boolean isBroken(String path) {
    return broken.stream()
        .anyMatch(known -> known.equals(path) || within(path, known) || within(known, path));
  }

  private static boolean within(String path, String parent) {
    return path.startsWith(parent)
        && path.length() > parent.length()
        && ".[".indexOf(path.charAt(parent.length())) >= 0;
  }

  private static String parent(String path) {
    int cut = Math.max(path.lastIndexOf('.'), path.lastIndexOf('['));
    return cut < 0 ? "" : path.substring(0, cut);
  }
}
