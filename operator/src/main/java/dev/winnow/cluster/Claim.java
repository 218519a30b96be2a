package dev.winnow.cluster;

/** That we alone may do something, for as long as it lasts. */
public interface Claim {
  /** Whether that is so for sure; asked before everything that destroys. */
  boolean isHeld();

  /** Whether it was taken from us: it does not come back. */
  boolean isLost();
}
