/**
 * Pure decisions: the facts of one repository, compiled rules and one instant give each tag a
 * decision with a reason. No I/O, no clock, no logging, no Kubernetes.
 */
@NullMarked
package dev.winnow.retention;

import org.jspecify.annotations.NullMarked;
