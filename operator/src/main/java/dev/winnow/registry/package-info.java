/**
 * Client of the OCI distribution API: pages, authentication, retries, bounds, verified digests.
 * Knows nothing of rules or of Kubernetes.
 */
@NullMarked
package dev.winnow.registry;

import org.jspecify.annotations.NullMarked;
