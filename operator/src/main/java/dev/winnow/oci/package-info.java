/**
 * What the OCI image and distribution specs call things: digests, descriptors, manifests, image
 * configs and the names that refer to them. Parses bytes; knows neither a registry's API nor its
 * volume, so that both sides read an image with the same code.
 */
@NullMarked
package dev.winnow.oci;

import org.jspecify.annotations.NullMarked;
