/** Work on many things at a time, for whoever has many. Knows nothing of what the things are. */
@NullMarked
package dev.winnow.parallel;

import org.jspecify.annotations.NullMarked;
