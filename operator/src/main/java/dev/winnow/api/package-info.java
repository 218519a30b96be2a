/**
 * What a user writes and reads: the kinds as records, and patterns, durations and conditions as
 * types. Reads YAML strictly. Knows no registry, no cluster, no rule's meaning.
 */
@NullMarked
package dev.winnow.api;

import org.jspecify.annotations.NullMarked;
