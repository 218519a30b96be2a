/**
 * One retention run: snapshot, plan, guard, apply, report. Knows nothing of who started it, a
 * command or an operator.
 */
@NullMarked
package dev.winnow.run;

import org.jspecify.annotations.NullMarked;
