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
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Answers like a registry with some images and like a cluster with some runs while commands run,
 * and writes the same images as a registry's volume, so that an AOT cache is recorded of commands
 * that really read something. Arguments: a policy file, the program to run and its options, and
 * {@code STORE}, {@code REGISTRY} or {@code CLUSTER}, which become the commands that read such a
 * thing.
 */
final class TrainingRegistry {
  private static final String IMAGE = "application/vnd.oci.image.manifest.v1+json";
  private static final int TAGS = 300;

  private final Map<String, Answer> answers = new HashMap<>();
  private final Path store;

  private record Answer(String type, byte[] body, String digest) {}

  public static void main(String[] args) throws Exception {
    Path folder = Files.createTempDirectory("training");
    TrainingRegistry registry = new TrainingRegistry(folder.resolve("docker/registry/v2"));
    registry.fill();
    registry.fillCluster();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/", registry::answer);
    server.start();
    Path policy = folder.resolve("policy.yaml");
    try {
      String url = "http://127.0.0.1:" + server.getAddress().getPort();
      Files.writeString(
          policy, Files.readString(Path.of(args[0])).replace("http://localhost:5000", url));
      Path cluster = folder.resolve("kubeconfig");
      Files.writeString(
          cluster,
          """
          {"clusters": [{"name": "training", "cluster": {"server": "%s"}}],
          "contexts": [{"name": "training", "context": {"cluster": "training"}}],
          "current-context": "training"}"""
              .formatted(url));
      List<String> command = new ArrayList<>();
      for (String word : List.of(args).subList(1, args.length)) {
        command.addAll(
            switch (word) {
              case "STORE" ->
                  words(
                      "verify --root %1$s , collect --root %1$s --dry-run ,"
                          + " collect --root %1$s --cache none -o json",
                      folder);
              case "REGISTRY" ->
                  words(
                      "plan -f %2$s -o jsonl , plan -f %2$s --store %1$s -o jsonl", folder, policy);
              case "CLUSTER" ->
                  words("runs --kubeconfig %2$s , runs --kubeconfig %2$s -o json", folder, cluster);
              default -> List.of(word);
            });
      }
      System.exit(new ProcessBuilder(command).inheritIO().start().waitFor());
    } finally {
      delete(folder);
    }
  }

  private TrainingRegistry(Path store) {
    this.store = store;
  }

  private static List<String> words(String commands, Object... paths) {
    return List.of(commands.formatted(paths).split("\\s+"));
  }

  private static void delete(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      try (Stream<Path> entries = Files.list(path)) {
        for (Path entry : entries.toList()) {
          delete(entry);
        }
      }
    }
    Files.delete(path);
  }

  private void fill() throws IOException, GeneralSecurityException {
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

  /** A run that awaits approval, and one that ended. */
  private void fillCluster() throws GeneralSecurityException {
    String run =
        """
        {"apiVersion":"winnow.dev/v1alpha1","kind":"RetentionRun",
        "metadata":{"name":"%1$s","namespace":"default","uid":"%1$s","resourceVersion":"1",
        "creationTimestamp":"2025-01-01T00:00:00Z","labels":{"winnow.dev/policy":"builds"}},
        "spec":{"policyRef":{"name":"builds"},"mode":"Enforce"},
        "status":{"phase":"%2$s","registry":"localhost:5000","startTime":"2025-01-01T00:00:00Z",
        "conditions":[{"type":"%3$s","status":"True","reason":"Training","message":"of an AOT cache",
        "lastTransitionTime":"2025-01-01T00:00:00Z"}],
        "plan":{"time":"2025-01-01T00:00:00Z","digest":"%4$s","tags":2,"keep":1,"delete":1,"skip":0,
        "repositories":1,"reasons":{"Old":1}},"result":{"deleted":1,"skipped":0,"failed":0}}}""";
    String items =
        run.formatted("one", "AwaitingApproval", "AwaitingApproval", digest("one"))
            + ","
            + run.formatted("two", "Succeeded", "Complete", digest("two"));
    add(
        "/apis/winnow.dev/v1alpha1/namespaces/default/retentionruns",
        "application/json",
        """
        {"apiVersion":"winnow.dev/v1alpha1","kind":"RetentionRunList",
        "metadata":{"resourceVersion":"1"},"items":[%s]}"""
            .formatted(items));
  }

  /** A file of the volume. */
  private void write(String path, String text) throws IOException {
    Path file = store.resolve(path);
    Files.createDirectories(file.getParent());
    Files.writeString(file, text);
  }

  private void blob(String text) throws IOException, GeneralSecurityException {
    String hex = digest(text).substring("sha256:".length());
    write("blobs/sha256/" + hex.substring(0, 2) + "/" + hex + "/data", text);
  }

  private void link(String repository, String folder, String digest) throws IOException {
    String path = "repositories/" + repository + "/" + folder;
    write(path + "/" + digest.replace(':', '/') + "/link", digest);
  }

  private static String tag(String repository, int i) {
    return repository.equals("shop/cart") ? "v1." + i % 7 + "." + i : "main-" + i;
  }

  private void image(String repository, String tag, int i)
      throws IOException, GeneralSecurityException {
    String config =
        "{\"created\":\"2025-01-%02dT%02d:00:00.123456789Z\",\"config\":{\"Labels\":{\"n\":\"%d\"}}}"
            .formatted(1 + i % 28, i % 24, i);
    String digest = digest(config);
    add("/v2/" + repository + "/blobs/" + digest, "application/octet-stream", config);
    String manifest =
        """
        {"schemaVersion":2,"mediaType":"%s",
        "config":{"mediaType":"application/vnd.oci.image.config.v1+json","digest":"%s","size":%d},
        "layers":[{"mediaType":"application/vnd.oci.image.layer.v1.tar+gzip","digest":"%s","size":%d}],
        "annotations":{"tag":"%s"}}"""
            .formatted(IMAGE, digest, config.length(), digest("layer" + i), ("layer" + i).length(), tag);
    add("/v2/" + repository + "/manifests/" + tag, IMAGE, manifest);
    add("/v2/" + repository + "/manifests/" + digest(manifest), IMAGE, manifest);
    store(repository, tag, i, config, manifest);
  }

  /** The same on the volume; some images have lost their tag. */
  private void store(String repository, String tag, int i, String config, String manifest)
      throws IOException, GeneralSecurityException {
    blob(config);
    blob("layer" + i);
    blob(manifest);
    link(repository, "_layers", digest(config));
    link(repository, "_layers", digest("layer" + i));
    link(repository, "_manifests/revisions", digest(manifest));
    if (i % 5 > 0) {
      link(repository, "_manifests/tags/" + tag + "/index", digest(manifest));
      write(
          "repositories/" + repository + "/_manifests/tags/" + tag + "/current/link",
          digest(manifest));
    }
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
