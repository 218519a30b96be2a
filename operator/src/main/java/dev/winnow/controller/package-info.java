/**
 * The reconcilers: each reads the state, calls one thing, writes the state. What is decided, is
 * decided elsewhere.
 */
@NullMarked
package dev.winnow.controller;

import org.jspecify.annotations.NullMarked;
