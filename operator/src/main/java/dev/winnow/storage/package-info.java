/**
 * The volume of a registry: what is referenced, what is not, and how the latter goes while the
 * registry serves pushes. Knows nothing of Kubernetes or HTTP.
 *
 * <p>The layout is that of CNCF distribution's filesystem driver (registry/storage/paths.go), 2.4
 * to 3.x. Nothing of a store is ever unlinked in place: it goes by one rename into the trash, a
 * later mark restores what turned out to be needed, and only what is in the trash is unlinked.
 */
@NullMarked
package dev.winnow.storage;

import org.jspecify.annotations.NullMarked;
