package dev.winnow.api;

/** A value that is allowed where it stands and that nothing reads. */
public record Opaque() {}
