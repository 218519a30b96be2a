/**
 * What tests run against: real registries, images to put there, and servers that misbehave on
 * order. Independent of the product's own code, so that a mistake there cannot hide itself here.
 */
@NullMarked
package dev.winnow.testing;

import org.jspecify.annotations.NullMarked;
