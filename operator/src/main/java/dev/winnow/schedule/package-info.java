/**
 * When something is due: cron schedules with time zones, and the triggers that wake the operator.
 * Decides nothing and does no work itself. Knows neither registries nor Kubernetes.
 */
@NullMarked
package dev.winnow.schedule;

import org.jspecify.annotations.NullMarked;
