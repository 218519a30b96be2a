/** Tests of the decisions: cases written by hand, properties over many seeds, and the parts. */
@NullMarked
package dev.winnow.retention;

import org.jspecify.annotations.NullMarked;
