/**
 * Who we are to a registry: challenges, tokens, credentials and where they come from. Knows no HTTP
 * client; what it needs fetched it asks a {@link dev.winnow.registry.auth.TokenEndpoint} for.
 */
@NullMarked
package dev.winnow.registry.auth;

import org.jspecify.annotations.NullMarked;
