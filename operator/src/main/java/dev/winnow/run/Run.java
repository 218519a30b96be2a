package dev.winnow.run;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.api.RetentionPolicy;
import dev.winnow.oci.Digest;
import dev.winnow.retention.RepositoryFacts.Deletion;
import dev.winnow.retention.Rules;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * One run of one policy on one registry: what is read, what decides, and what the plan is called.
 *
 * @param header policy, registry and instant
 * @param policy the policy as it was written
 * @param rules the policy and the others of its registry, compiled
 * @param source where facts come from
 * @param deletion how the registry deletes a tag
 * @param hostPort the registry's identity
 * @param uid the policy's UID; empty without a cluster
 * @param generation the policy's generation; without a cluster {@link #generationOf}
 * @param concurrency requests in flight at most
 * @param digestFacts what belongs to digests, shared by plan and apply
 */
public record Run(
    PlanHeader header,
    RetentionPolicy.Spec policy,
    Rules rules,
    ImageSource source,
    Deletion deletion,
    String hostPort,
    String uid,
    String generation,
    int concurrency,
    DigestFacts digestFacts) {

  private static final JsonMapper CANONICAL =
      JsonMapper.builder()
          .enable(MapperFeature.SORT_PROPERTIES_ALPHABETICALLY)
          .enable(SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  /** What stands for a policy's generation without a cluster: sha256 of its spec with defaults. */
  public static String generationOf(RetentionPolicy.Spec spec) {
    try {
      byte[] json = CANONICAL.writeValueAsString(spec).getBytes(StandardCharsets.UTF_8);
      return Digest.sha256(json).hex();
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records of texts and numbers are always written", e);
    }
  }

  /** The same where other rules decide. */
  Run by(Rules other) {
    return new Run(
        header,
        policy,
        other,
        source,
        deletion,
        hostPort,
        uid,
        generation,
        concurrency,
        digestFacts);
  }

  /** Facts of digests for one run. */
  public static DigestFacts digestFacts(@Nullable FactsCache disk) {
    return new DigestFacts(disk);
  }

  /** Decides repositories of this run. */
  public RepositoryDecider decider() {
    return new RepositoryDecider(source, digestFacts, rules, header.at(), deletion, concurrency);
  }

  PlanDigest newDigest() {
    return new PlanDigest(hostPort, uid, generation);
  }
}
