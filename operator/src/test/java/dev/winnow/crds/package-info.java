/** Writes the custom resource definitions in {@code crds/} from the records, and holds them. */
@NullMarked
package dev.winnow.crds;

import org.jspecify.annotations.NullMarked;
