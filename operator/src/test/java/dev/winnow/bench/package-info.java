/** Benchmarks; each has a main that runs it and prints its figures. */
@NullMarked
package dev.winnow.bench;

import org.jspecify.annotations.NullMarked;
