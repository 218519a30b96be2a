package dev.winnow.registry;

/** What a request is for, as metrics and logs name it. */
public enum Operation {
  PING,
  CATALOG,
  TAGS,
  MANIFEST,
  REFERRERS,
  BLOB,
  UPLOAD,
  DELETE,
  TOKEN
}
