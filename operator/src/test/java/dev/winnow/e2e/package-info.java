/** The operator as people install it, on a real cluster, seen through kubectl. */
@NullMarked
package dev.winnow.e2e;

import org.jspecify.annotations.NullMarked;
