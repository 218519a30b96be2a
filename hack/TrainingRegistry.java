import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Answers like a registry with some images while a command runs, so that hack/aot records a plan
 * that really reads something. Arguments: a policy file with POLICY_URL in it, then the command;
 * POLICY in the command becomes the file with the address filled in.
 */
final class TrainingRegistry {
  private static final String IMAGE = "application/vnd.oci.image.manifest.v1+json";
  private static final int TAGS = 300;

  private final Map<String, Answer> answers = new HashMap<>();

  private record Answer(String type, byte[] body, String digest) {}

  public static void main(String[] args) throws Exception {
    TrainingRegistry registry = new TrainingRegistry();
    registry.fill();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", registry::answer);
    server.start();
    Path policy = Files.createTempFile("training", ".yaml");
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      Files.writeString(
          policy, Files.readString(Path.of(args[0])).replace("http://localhost:5000", url));
      List<String> command =
          List.of(args).subList(1, args.length).stream()
              .map(word -> word.equals("POLICY") ? policy.toString() : word)
              .toList();
      System.exit(new ProcessBuilder(command).inheritIO().start().waitFor());
    } finally {
      Files.delete(policy);
    }
  }

  private void fill() throws GeneralSecurityException {
    add("/v2/", "application/json", "{}");
    add("/v2/_catalog", "application/json", "{\"repositories\":[\"shop/cart\",\"team-a/app\"]}");
    for (String repository : List.of("shop/cart", "team-a/app")) {
      String tags =
          IntStream.range(0, TAGS)
              .mapToObj(i -> "\"" + tag(repository, i) + "\"")
              .collect(Collectors.joining(","));
      add("/v2/" + repository + "/tags/list", "application/json", "{\"tags\":[" + tags + "]}");
      for (int i = 0; i < TAGS; i++) {
        image(repository, tag(repository, i), i);
      }
    }
  }

  private static String tag(String repository, int i) {
    return repository.equals("shop/cart") ? "v1." + i % 7 + "." + i : "main-" + i;
  }

  private void image(String repository, String tag, int i) throws GeneralSecurityException {
    String config =
        "{\"created\":\"2025-01-%02dT%02d:00:00.123456789Z\",\"config\":{\"Labels\":{\"n\":\"%d\"}}}"
            .formatted(1 + i % 28, i % 24, i);
    String digest = digest(config);
    add("/v2/" + repository + "/blobs/" + digest, "application/octet-stream", config);
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"%s",
        "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},
        "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":9}],
        "annotations":{"tag":"%s"}}"""
            .formatted(IMAGE, digest, config.length(), digest("layer" + i), tag);
    add("/v2/" + repository + "/manifests/" + tag, IMAGE, manifest);
    add("/v2/" + repository + "/manifests/" + digest(manifest), IMAGE, manifest);
  }

  private void add(String path, String type, String body) throws GeneralSecurityException {
    answers.put(path, new Answer(type, body.getBytes(StandardCharsets.UTF_8), digest(body)));
  }

  private static String digest(String text) throws GeneralSecurityException {
    byte[] hash =
        MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    return "sha256:" + HexFormat.of().formatHex(hash);
  }

  private void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      Answer answer = answers.get(exchange.getRequestURI().getPath());
      if (answer == null) {
        exchange.sendResponseHeaders(404, -1);
        return;
      }
      exchange.getResponseHeaders().set("Content-Type", answer.type());
      exchange.getResponseHeaders().set("Docker-Content-Digest", answer.digest());
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(200, head ? -1 : answer.body().length);
      if (!head) {
        try (OutputStream out = exchange.getResponseBody()) {
          out.write(answer.body());
        }
      }
    }
  }
}
