package dev.winnow.run;

import java.time.Instant;

/**
 * What a plan is about.
 *
 * @param policy name of the policy
 * @param registry name of the registry
 * @param url where the registry answers
 * @param at the instant that all ages are measured from
 */
public record PlanHeader(String policy, String registry, String url, Instant at) {}
