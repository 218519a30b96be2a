package dev.winnow.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLContext;
import org.jspecify.annotations.Nullable;

/** Pushes test images over HTTP, children before parents, as a client of any registry would. */
public final class ImagePusher implements AutoCloseable {
  private final URI registry;
  private final HttpClient client;
  private final @Nullable String authorization;
  private final @Nullable Duration patience;

  /** A registry's answer that is not the one that it was to be. */
  static final class UnexpectedAnswer extends IllegalStateException {
    private static final long serialVersionUID = 1;
    private final int status;

    UnexpectedAnswer(int status, String message) {
      super(message);
      this.status = status;
    }

    int status() {
      return status;
    }
  }

  private ImagePusher(
      URI registry,
      HttpClient client,
      @Nullable String authorization,
      @Nullable Duration patience) {
    this.registry = registry;
    this.client = client;
    this.authorization = authorization;
    this.patience = patience;
  }

  /** Pushes to a registry that asks for nothing. */
  public static ImagePusher to(URI registry) {
    return new ImagePusher(registry, builder().build(), null, null);
  }

  /** Pushes to a registry that may not answer; no request waits longer than that. */
  static ImagePusher to(URI registry, Duration patience) {
    return new ImagePusher(registry, builder().connectTimeout(patience).build(), null, patience);
  }

  /** Pushes over TLS. */
  public static ImagePusher to(URI registry, SSLContext ssl) {
    return new ImagePusher(registry, builder().sslContext(ssl).build(), null, null);
  }

  /** Pushes with this {@code Authorization} header in every request. */
  public ImagePusher authorization(String header) {
    return new ImagePusher(registry, client, header, patience);
  }

  /** Pushes the image under the tag and gives its digest. */
  public String push(String repository, String tag, TestImage image) {
    upload(repository, image);
    put(repository, tag, image.manifest());
    return image.digest();
  }

  /** Pushes the image without a tag and gives its digest. */
  public String push(String repository, TestImage image) {
    return push(repository, image.digest(), image);
  }

  /** Pushes the referrer without a tag and sets the subject's referrers tag to it alone. */
  public void pushReferrer(String repository, TestImage subject, TestImage referrer) {
    push(repository, TestImages.referrersTag(subject), TestImages.referrers(referrer));
  }

  /** Whether an image pulls by its tag, to the last byte. */
  public boolean pulls(String repository, String tag, TestImage image) {
    return has("/v2/" + repository + "/manifests/" + tag, image.manifest())
        && image.blobs().stream()
            .allMatch(blob -> has("/v2/" + repository + "/blobs/" + blob.digest(), blob));
  }

  private boolean has(String path, Content content) {
    HttpResponse<byte[]> answer = send("GET", path);
    return answer.statusCode() == 200 && Arrays.equals(answer.body(), content.bytes());
  }

  /** The tags of a repository, in byte order. */
  public List<String> tags(String repository) {
    try {
      return new JsonMapper()
          .readTree(send("GET", "/v2/" + repository + "/tags/list").body())
          .path("tags")
          .valueStream()
          .map(JsonNode::asText)
          .sorted()
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends any request, to a path such as {@code /v2/name/manifests/tag}. */
  public HttpResponse<byte[]> send(String method, String path) {
    // Without it a registry answers 404 for an OCI manifest.
    String accept =
        String.join(
            ",",
            TestImages.OCI_MANIFEST,
            TestImages.OCI_INDEX,
            TestImages.DOCKER_MANIFEST,
            TestImages.DOCKER_LIST);
    return send(method, registry.resolve(path), Map.of("Accept", accept), new byte[0]);
  }

  @Override
  public void close() {
    client.close();
  }

  private void upload(String repository, TestImage image) {
    for (TestImage child : image.children()) {
      push(repository, child);
    }
    for (Content blob : image.blobs()) {
      upload(repository, blob);
    }
  }

  /** Uploads a blob, unless the repository has it. */
  public void upload(String repository, Content blob) {
    if (send("HEAD", "/v2/" + repository + "/blobs/" + blob.digest()).statusCode() == 200) {
      return;
    }
    String uploads = "/v2/" + repository + "/blobs/uploads/";
    HttpResponse<byte[]> started = expect(202, send("POST", uploads));
    String location = started.headers().firstValue("Location").orElseThrow();
    String digest = (location.contains("?") ? "&" : "?") + "digest=" + blob.digest();
    Map<String, String> type = Map.of("Content-Type", "application/octet-stream");
    expect(201, send("PUT", registry.resolve(location + digest), type, blob.bytes()));
  }

  /** Pushes a manifest alone. */
  public void put(String repository, String reference, Content manifest) {
    URI uri = registry.resolve("/v2/" + repository + "/manifests/" + reference);
    expect(201, send("PUT", uri, Map.of("Content-Type", manifest.mediaType()), manifest.bytes()));
  }

  private HttpResponse<byte[]> send(
      String method, URI uri, Map<String, String> headers, byte[] body) {
    Map<String, String> all = new HashMap<>(headers);
    if (authorization != null) {
      all.put("Authorization", authorization);
    }
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri).method(method, BodyPublishers.ofByteArray(body));
    all.forEach(request::header);
    if (patience != null) {
      request.timeout(patience);
    }
    try {
      return client.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(method + " " + uri, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    }
  }

  private static HttpResponse<byte[]> expect(int status, HttpResponse<byte[]> response) {
    if (response.statusCode() != status) {
      String body = new String(response.body(), StandardCharsets.UTF_8);
      throw new UnexpectedAnswer(
          response.statusCode(),
          response.request().method() + " " + response.uri() + ": " + response + " " + body);
    }
    return response;
  }

  private static HttpClient.Builder builder() {
    return HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1);
  }
}
