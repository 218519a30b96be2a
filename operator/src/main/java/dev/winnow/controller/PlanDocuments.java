package dev.winnow.controller;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.winnow.api.Documents;
import dev.winnow.api.RetentionPolicy;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a Job that plans has to know: the policy, those of the same registry, wherever they live, as
 * if they all were of one Registry; and of that one nothing by which anybody could get in.
 */
final class PlanDocuments {
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .defaultPropertyInclusion(
              JsonInclude.Value.construct(
                  JsonInclude.Include.NON_NULL, JsonInclude.Include.NON_NULL))
          .build();

  private PlanDocuments() {}

  /** The documents by their files' names. */
  static Map<String, String> of(PolicyVerdict.Ready ready) {
    Map<String, String> files = new LinkedHashMap<>();
    String registry = ready.registry().getMetadata().getName();
    ObjectNode reach = JSON.createObjectNode().put("url", ready.registrySpec().url());
    reach.putObject("client").put("concurrency", ready.registrySpec().client().concurrency());
    files.put("registry.json", document("Registry", registry, reach));
    String own = ready.policy().getMetadata().getName();
    files.put("policy.json", policy(own, registry, ready.spec()));
    int number = 0;
    for (RetentionPolicy.Spec other : ready.others()) {
      number++;
      files.put("other-" + number + ".json", policy(own + "-other-" + number, registry, other));
    }
    return files;
  }

  private static String policy(String name, String registry, RetentionPolicy.Spec policy) {
    ObjectNode spec = JSON.valueToTree(policy);
    spec.putObject("registryRef").put("name", registry);
    return document("RetentionPolicy", name, spec);
  }

  private static String document(String kind, String name, ObjectNode spec) {
    ObjectNode document = JSON.createObjectNode();
    document.put("apiVersion", Documents.API_VERSION).put("kind", kind);
    document.putObject("metadata").put("name", name);
    document.set("spec", spec);
    try {
      return JSON.writeValueAsString(document);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("records of texts and numbers are always written", e);
    }
  }
}
