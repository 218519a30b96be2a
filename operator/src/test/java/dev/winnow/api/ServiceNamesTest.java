package dev.winnow.api;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which names are one Service. */
class ServiceNamesTest {
  @ParameterizedTest
  @CsvSource({
    "registry.apps.svc:5000, registry.apps:5000",
    "registry.apps.svc.cluster.local:80, registry.apps:80",
    "registry-0.registry.apps.svc:5000, registry-0.registry.apps:5000",
    "registry.apps:5000, registry.apps:5000",
    "registry.apps.svc.example.com:443, registry.apps.svc.example.com:443",
    "registry.apps.svc.clusterset.local:443, registry.apps.svc.clusterset.local:443",
    "apps.svc:443, apps.svc:443",
    "svc:443, svc:443",
    "10.0.0.1:5000, 10.0.0.1:5000",
    "[::1]:5000, [::1]:5000"
  })
  void theShortestThatMeansTheSame(String hostPort, String shortest) {
    assertThat(ServiceNames.shortest(hostPort)).isEqualTo(shortest);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "nothing",
      value = {
        "registry:5000, registry.apps:5000",
        "registry.apps:5000, nothing",
        "localhost:5000, nothing",
        "[::1]:5000, nothing"
      })
  void aNameWithoutADotIsOfItsNamespace(String hostPort, String meaning) {
    assertThat(ServiceNames.within("apps", hostPort).orElse(null)).isEqualTo(meaning);
  }
}
