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
 * Answers like a registry with some images while commands run, and writes the same images as a
 * registry's volume, so that the AOT cache is recorded of commands that really read something.
 * Arguments: a policy file, the program to run and its options, and {@code COMMANDS}, which becomes
 * what is trained.
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
      List<String> command = new ArrayList<>();
      for (String word : List.of(args).subList(1, args.length)) {
        command.addAll(word.equals("COMMANDS") ? commands(policy, folder) : List.of(word));
      }
      System.exit(new ProcessBuilder(command).inheritIO().start().waitFor());
    } finally {
      delete(folder);
    }
  }

  private TrainingRegistry(Path store) {
    this.store = store;
  }

  private static List<String> commands(Path policy, Path root) {
    return List.of(
        """
        plan -f %1$s -o jsonl , plan -f %1$s --store %2$s -o jsonl , verify --root %2$s ,
        collect --root %2$s --dry-run , collect --root %2$s --cache none -o json"""
            .formatted(policy, root)
            .split("\\s+"));
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
