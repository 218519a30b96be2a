/**
 * One collection of a registry's volume in the cluster: what the cluster says about the pods that
 * write to it, the Job that does the work, what came of that. Knows nothing of the operator's
 * reconcilers, and decides nothing about a store.
 */
@NullMarked
package dev.winnow.collect;

import org.jspecify.annotations.NullMarked;
