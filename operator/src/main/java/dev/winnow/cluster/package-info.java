/**
 * What the cluster knows: Winnow's own resources, who holds a registry's lock, what a plan stored.
 * Knows how to read and write it and decides nothing.
 */
@NullMarked
package dev.winnow.cluster;

import org.jspecify.annotations.NullMarked;
