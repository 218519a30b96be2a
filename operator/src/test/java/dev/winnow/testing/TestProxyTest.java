package dev.winnow.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.UncheckedIOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.awaitility.Awaitility;
import org.jspecify.annotations.Nullable;

/** That the proxy changes nothing by itself, and each fault what it says. */
class TestProxyTest {
  private static final TestImage IMAGE = TestImages.oci("hello").build();
  private static final String MANIFEST = "/v2/app/manifests/v1";

  @EachRegistry
  void passesEverythingOn(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher through = ImagePusher.to(proxy.url());
        ImagePusher direct = ImagePusher.to(registry.url())) {
      through.push("app", "v1", IMAGE);
      assertThat(proxy.requests())
          .first()
          .hasToString("HEAD /v2/app/blobs/" + IMAGE.blobs().getFirst().digest() + " 404");
      assertThat(proxy.requests()).last().hasToString("PUT " + MANIFEST + " 201");
      through.push("app", "v2", IMAGE);
      for (String path : List.of(MANIFEST, "/v2/_catalog?n=1", "/v2/app/tags/list?n=1", "/x")) {
        for (String method : List.of("GET", "HEAD")) {
          HttpResponse<byte[]> seen = through.send(method, path);
          HttpResponse<byte[]> real = direct.send(method, path);
          assertThat(seen.statusCode()).isEqualTo(real.statusCode());
          assertThat(seen.body()).isEqualTo(real.body());
          assertThat(headers(seen)).isEqualTo(headers(real));
        }
      }
      proxy.forget();
      assertThat(proxy.requests()).isEmpty();
      through.send("GET", "/v2/app/tags/list?n=5");
      assertThat(proxy.requests().getFirst().request().is("GET", "/v2/.*/tags/list\\?n=5"))
          .isTrue();
      assertThat(proxy.requests().getFirst().request().headers()).containsKey("user-agent");
    }
  }

  @EachRegistry
  void changesTheBody(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher client = ImagePusher.to(proxy.url())) {
      client.push("app", "v1", IMAGE);
      proxy.rule(request -> new Fault.Corrupt());
      assertThat(client.send("GET", MANIFEST).body())
          .hasSize(IMAGE.bytes().length)
          .isNotEqualTo(IMAGE.bytes());
      for (boolean told : new boolean[] {true, false}) {
        proxy.rule(request -> new Fault.Oversize(5_000_000, told));
        HttpResponse<byte[]> big = client.send("GET", MANIFEST);
        assertThat(big.body()).hasSize(5_000_000).startsWith(IMAGE.bytes());
        assertThat(big.headers().firstValue("Content-Length").isPresent()).isEqualTo(told);
      }
      proxy.rule(request -> new Fault.Drip(Duration.ofNanos(1000)));
      assertThat(client.send("GET", MANIFEST).body()).isEqualTo(IMAGE.bytes());
      proxy.rule(request -> new Fault.Truncate(10));
      assertThatThrownBy(() -> client.send("GET", MANIFEST))
          .isInstanceOf(UncheckedIOException.class);
    }
  }

  @EachRegistry
  void answersItselfAndChangesHeaders(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher client = ImagePusher.to(proxy.url())) {
      client.push("app", "v1", IMAGE);
      proxy.rule(request -> new Fault.Respond(429, Map.of("Retry-After", "7"), "slow down"));
      HttpResponse<byte[]> refused = client.send("GET", MANIFEST);
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("Retry-After")).hasValue("7");
      assertThat(new String(refused.body(), StandardCharsets.UTF_8)).isEqualTo("slow down");
      proxy.rule(request -> new Fault.Respond(307, Map.of("Location", "/v2/"), ""));
      assertThat(client.send("GET", MANIFEST).statusCode()).isEqualTo(307);

      Map<String, @Nullable String> changes = new HashMap<>();
      changes.put("Docker-Content-Digest", null);
      changes.put("Date", "Thu, 01 Jan 1970 00:00:00 GMT");
      proxy.rule(request -> new Fault.Headers(changes));
      HttpResponse<byte[]> changed = client.send("GET", MANIFEST);
      assertThat(changed.headers().firstValue("Docker-Content-Digest")).isEmpty();
      assertThat(changed.headers().firstValue("Date")).hasValue("Thu, 01 Jan 1970 00:00:00 GMT");
    }
  }

  @EachRegistry
  void dropsConnectionsBeforeAndAfterTheDeed(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher client = ImagePusher.to(proxy.url());
        ImagePusher direct = ImagePusher.to(registry.url())) {
      client.push("app", "v1", IMAGE);
      String path = "/v2/app/manifests/" + IMAGE.digest();
      proxy.rule(request -> new Fault.DropRequest());
      assertThatThrownBy(() -> client.send("DELETE", path))
          .isInstanceOf(UncheckedIOException.class);
      assertThat(direct.send("HEAD", path).statusCode()).isEqualTo(200);
      proxy.rule(request -> new Fault.DropResponse());
      assertThatThrownBy(() -> client.send("DELETE", path))
          .isInstanceOf(UncheckedIOException.class);
      assertThat(direct.send("HEAD", path).statusCode()).isEqualTo(404);
    }
  }

  @EachRegistry
  void holdsRequestsAndCountsThem(RegistryVersion version) {
    try (TestRegistry registry = TestRegistry.of(version).start();
        TestProxy proxy = TestProxy.before(registry.url());
        ImagePusher client = ImagePusher.to(proxy.url())) {
      CountDownLatch gate = new CountDownLatch(1);
      proxy.rule(request -> new Fault.Hold(gate));
      List<CompletableFuture<Integer>> all = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        all.add(
            CompletableFuture.supplyAsync(
                () -> client.send("GET", "/v2/").statusCode(), Thread::startVirtualThread));
      }
      Awaitility.await().until(() -> proxy.maxInFlight() == 5);
      assertThat(proxy.requests()).hasSize(5).allMatch(request -> request.status() == 0);
      gate.countDown();
      assertThat(all).allSatisfy(one -> assertThat(one.join()).isEqualTo(200));
    }
  }

  /** All headers except of what belongs to one connection or moment. */
  private static Map<String, List<String>> headers(HttpResponse<byte[]> response) {
    Map<String, List<String>> headers = new HashMap<>();
    response
        .headers()
        .map()
        .forEach((name, values) -> headers.put(name.toLowerCase(Locale.ROOT), values));
    headers.remove("date");
    return headers;
  }
}
