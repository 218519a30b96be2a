/**
 * Work on the images of registries that is no retention: looking at them, verifying that they are
 * whole, copying them. Knows nothing of rules, of Kubernetes, or of a terminal.
 */
@NullMarked
package dev.winnow.image;

import org.jspecify.annotations.NullMarked;
