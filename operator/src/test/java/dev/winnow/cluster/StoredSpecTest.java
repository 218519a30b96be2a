package dev.winnow.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.winnow.api.RetentionPolicy;
import org.junit.jupiter.api.Test;

/**
 * Objects that were written for a newer Winnow, read as leniently as the operator's client does.
 */
class StoredSpecTest {
  private static final JsonMapper LENIENT =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  private static final String RULES =
      "\"rules\": [{\"name\": \"r\", \"repositories\": [\"**\"], \"keep\": [{\"newest\": 1,"
          + " \"orderBy\": \"Name\"%s}]}]";

  private static StoredSpec<RetentionPolicy.Spec> read(String rules, String more)
      throws JsonProcessingException {
    return LENIENT
        .readValue(
            "{\"metadata\": {\"name\": \"p\", \"newInMetadata\": 1}, \"spec\": {\"registryRef\":"
                + " {\"name\": \"main\"}, "
                + rules
                + more
                + "}}",
            RetentionPolicyResource.class)
        .getSpec();
  }

  @Test
  void whatIsKnownIsRead() throws JsonProcessingException {
    assertThat(read(RULES.formatted(""), "")).isInstanceOf(StoredSpec.Known.class);
  }

  @Test
  void anUnknownFieldIsNotDroppedSinceItCouldBeTheOneThatKeeps() throws JsonProcessingException {
    assertThat(read(RULES.formatted(", \"signedBy\": \"x\""), ""))
        .isInstanceOfSatisfying(
            StoredSpec.NotKnown.class,
            unknown -> assertThat(unknown.path()).isEqualTo("spec.rules[0].keep[0].signedBy"));
  }

  @Test
  void anUnknownValueIsNotTakenForADefault() throws JsonProcessingException {
    assertThat(read(RULES.formatted(""), ", \"mode\": \"Dream\""))
        .isInstanceOfSatisfying(
            StoredSpec.NotKnown.class,
            unknown -> assertThat(unknown.path()).isEqualTo("spec.mode"));
  }

  @Test
  void whatIsMeantForThePodsOfAJobHasAnyShapeAndIsWrittenAsItWas() throws JsonProcessingException {
    String job =
        "{\"resources\":{\"limits\":{\"memory\":\"1Gi\"}},\"tolerations\":[{\"key\":\"a\",\"b\":1}]}";
    RegistryResource registry =
        LENIENT.readValue(
            "{\"spec\": {\"url\": \"http://r\", \"garbageCollection\": {\"job\": " + job + "}}}",
            RegistryResource.class);
    assertThat(registry.getSpec())
        .isInstanceOfSatisfying(
            StoredSpec.Known.class,
            spec ->
                assertThat(LENIENT.valueToTree(spec).at("/garbageCollection/job/tolerations/0/b"))
                    .hasToString("1"));
    assertThat(LENIENT.valueToTree(registry.getSpec()).toString()).contains("\"memory\":\"1Gi\"");
  }
}
