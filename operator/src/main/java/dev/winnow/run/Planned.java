package dev.winnow.run;

import dev.winnow.oci.Digest;

/**
 * A deletion that a plan holds.
 *
 * @param repository the repository
 * @param tag the tag
 * @param digest what the tag pointed to when it was planned
 */
public record Planned(String repository, String tag, Digest digest) {}
