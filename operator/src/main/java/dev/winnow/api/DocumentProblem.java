package dev.winnow.api;

/**
 * A {@link Problem} and where it stands.
 *
 * @param origin the document
 * @param subject kind and name, as far as they are known
 * @param line line in the file, from 1; 0 when the problem has no place
 * @param column column, from 1
 * @param problem path and message
 */
public record DocumentProblem(
    Origin origin, String subject, int line, int column, Problem problem) {

  /** One line, in the form that editors and compilers share: {@code file:line:column: …}. */
  public String text() {
    StringBuilder text = new StringBuilder(origin.file());
    if (line > 0) {
      text.append(':').append(line).append(':').append(column);
    }
    text.append(": ").append(origin.name());
    if (!subject.isEmpty()) {
      text.append(" (").append(subject).append(')');
    }
    if (!problem.path().isEmpty()) {
      text.append(": ").append(problem.path());
    }
    return text.append(": ").append(problem.message()).toString();
  }
}
