package dev.winnow.retention;

/** What happens to a tag. */
public enum Action {
  Keep,
  Delete,
  Skip
}
