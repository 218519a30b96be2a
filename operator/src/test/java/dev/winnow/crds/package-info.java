/**
 * Writes the custom resource definitions in {@code crds/} from the records, and holds what a real
 * API server and kubectl make of them: what they accept, refuse, fill in and show.
 */
@NullMarked
package dev.winnow.crds;

import org.jspecify.annotations.NullMarked;
