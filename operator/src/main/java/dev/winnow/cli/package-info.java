/** The command line and the wiring of everything. Nothing else may depend on it. */
@NullMarked
package dev.winnow.cli;

import org.jspecify.annotations.NullMarked;
