package dev.winnow.controller;

/** No whole plan came of a Job. */
final class PlanJobException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;
  private final boolean mayPass;

  PlanJobException(String reason, String message, boolean mayPass) {
    super(message);
    this.reason = reason;
    this.mayPass = mayPass;
  }

  Failure failure() {
    return new Failure(reason, String.valueOf(getMessage()), mayPass);
  }
}
