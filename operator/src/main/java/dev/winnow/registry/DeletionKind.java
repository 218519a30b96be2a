package dev.winnow.registry;

/** Which deletion of tags a registry takes. */
public enum DeletionKind {
  /** DELETE by tag removes that tag alone: distribution 3, zot, OCI 1.1. */
  BY_TAG,
  /** Only DELETE by digest, which removes all tags of that digest: distribution 2.8. */
  BY_DIGEST
}
