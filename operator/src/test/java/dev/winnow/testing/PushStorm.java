package dev.winnow.testing;

import dev.winnow.oci.Digest;
import dev.winnow.oci.MediaTypes;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.jspecify.annotations.Nullable;

/**
 * Clients that push as {@code docker push} does, push again, tag again and delete images that share
 * layers, as fast as a registry takes it, and remember what was acknowledged. No two clients write
 * the same tag or have the same image, so that each knows what its tags are; all of them share
 * layers and repositories.
 */
public final class PushStorm implements AutoCloseable {
  private static final int CLIENTS = 10;
  private static final int IMAGES = 10;
  private static final int TAGS = 4;
  private static final int SHARED_LAYERS = 40;
  private static final List<String> REPOSITORIES = List.of("app", "team/app", "team/base");

  private final URI registry;
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
  private final AtomicBoolean isOver = new AtomicBoolean();
  private final AtomicLong acknowledged = new AtomicLong();
  private final AtomicLong refused = new AtomicLong();
  private final List<Client> clients = new ArrayList<>();
  private final List<Future<?>> running = new ArrayList<>();

  public PushStorm(URI registry, long seed) {
    this.registry = registry;
    for (int i = 0; i < CLIENTS; i++) {
      clients.add(new Client(i, new Random(seed * CLIENTS + i)));
    }
    clients.forEach(client -> running.add(threads.submit(client)));
  }

  /** Pushes that were acknowledged. */
  public long acknowledged() {
    return acknowledged.get();
  }

  /** Pushes that were answered with an error, so that a client tells its user. */
  public long refused() {
    return refused.get();
  }

  /** What was acknowledged and cannot be pulled, while all clients wait. */
  public List<String> lost() {
    gate.writeLock().lock();
    try {
      List<String> lost = new ArrayList<>();
      for (Client client : clients) {
        client.expected.forEach((name, pushed) -> {
          String why = pull(name, pushed.image);
          if (!why.isEmpty()) {
            lost.add(name + " of " + pushed.image.digest() + ": " + why + ", " + pushed);
          }
        });
      }
      return lost;
    } finally {
      gate.writeLock().unlock();
    }
  }

  /** Lets every client end what it does. */
  public void end() throws Exception {
    isOver.set(true);
    for (Future<?> each : running) {
      each.get();
    }
  }

  @Override
  public void close() {
    isOver.set(true);
    threads.close();
    http.close();
  }

  /** Why an image cannot be pulled; empty when it can. */
  private String pull(Name name, TestImage image) {
    HttpResponse<byte[]> manifest = send("GET", manifests(name.repository, name.tag), null);
    if (manifest.statusCode() != 200) {
      return "manifest " + manifest.statusCode();
    }
    if (!Digest.sha256(manifest.body()).text().equals(image.digest())) {
      return "is " + Digest.sha256(manifest.body());
    }
    for (Content blob : image.blobs()) {
      HttpResponse<byte[]> found =
          send("GET", "/v2/" + name.repository + "/blobs/" + blob.digest(), null);
      if (!Digest.sha256(found.body()).text().equals(blob.digest())) {
        return "blob " + blob.digest() + " " + found.statusCode();
      }
    }
    return "";
  }

  /** What was acknowledged; of a loss it tells whether a request took longer than passes wait. */
  private record Pushed(TestImage image, long began, long ended) {
    @Override
    public String toString() {
      return "pushed in %d ms, acknowledged %d ms ago"
          .formatted(
              TimeUnit.NANOSECONDS.toMillis(ended - began),
              TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - ended));
    }
  }

  private record Name(String repository, String tag) {
    @Override
    public String toString() {
      return repository + ":" + tag;
    }
  }

  private static String manifests(String repository, String reference) {
    return "/v2/" + repository + "/manifests/" + reference;
  }

  private HttpResponse<byte[]> send(String method, String path, @Nullable Content body) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(registry.resolve(path))
            .header("Accept", MediaTypes.OCI_MANIFEST)
            .method(
                method,
                body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body.bytes()));
    if (body != null) {
      request.header("Content-Type", body.mediaType());
    }
    try {
      return http.send(request.build(), BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private final class Client implements Runnable {
    private final int number;
    private final Random random;
    private final List<TestImage> images = new ArrayList<>();

    /** What can be pulled, by what was acknowledged; what is not known is not in it. */
    private final Map<Name, Pushed> expected = new HashMap<>();

    Client(int number, Random random) {
      this.number = number;
      this.random = random;
      for (int i = 0; i < IMAGES; i++) {
        images.add(
            TestImages.oci("image " + i + " of " + number)
                .layer("shared " + random.nextInt(SHARED_LAYERS))
                .layer("shared " + random.nextInt(SHARED_LAYERS))
                .build());
      }
    }

    @Override
    public void run() {
      while (!isOver.get()) {
        gate.readLock().lock();
        try {
          step();
        } finally {
          gate.readLock().unlock();
        }
      }
    }

    private void step() {
      Name name = new Name(pick(REPOSITORIES), "client" + number + "-" + random.nextInt(TAGS));
      Pushed known = expected.get(name);
      int dice = random.nextInt(10);
      if (known != null && dice < 4) {
        delete(name.repository, known.image);
      } else if (known != null && dice < 5) {
        put(
            new Name(name.repository, "client" + number + "-again"),
            known.image,
            System.nanoTime());
      } else {
        push(name, pick(images));
      }
    }

    private <T> T pick(List<T> from) {
      return from.get(random.nextInt(from.size()));
    }

    private void push(Name name, TestImage image) {
      long began = System.nanoTime();
      try {
        for (Content blob : image.blobs()) {
          if (!upload(name.repository, blob)) {
            refused.incrementAndGet();
            return;
          }
        }
      } catch (UncheckedIOException e) {
        return; // the registry was killed
      }
      put(name, image, began);
    }

    /** As docker does: asks, mounts where it knows of a repository, else uploads. */
    private boolean upload(String repository, Content blob) {
      String blobs = "/v2/" + repository + "/blobs/";
      if (send("HEAD", blobs + blob.digest(), null).statusCode() == 200) {
        return true;
      }
      String mount =
          random.nextBoolean() ? "?mount=" + blob.digest() + "&from=" + pick(REPOSITORIES) : "";
      HttpResponse<byte[]> started = send("POST", blobs + "uploads/" + mount, null);
      if (started.statusCode() != 202) {
        return started.statusCode() == 201;
      }
      String location = started.headers().firstValue("Location").orElseThrow();
      String digest = (location.contains("?") ? "&" : "?") + "digest=" + blob.digest();
      return send("PUT", location + digest, blob).statusCode() == 201;
    }

    private void put(Name name, TestImage image, long began) {
      try {
        int status =
            send("PUT", manifests(name.repository, name.tag), image.manifest()).statusCode();
        if (status == 201) {
          expected.put(name, new Pushed(image, began, System.nanoTime()));
          acknowledged.incrementAndGet();
        } else {
          refused.incrementAndGet();
          if (status >= 500) {
            expected.remove(name); // it may have got as far as the tag
          }
        }
      } catch (UncheckedIOException e) {
        expected.remove(name);
      }
    }

    /** With the digest all tags of it in the repository go; whether they went, nobody asks. */
    private void delete(String repository, TestImage image) {
      expected
          .entrySet()
          .removeIf(each ->
              each.getKey().repository.equals(repository)
                  && each.getValue().image.digest().equals(image.digest()));
      try {
        send("DELETE", manifests(repository, image.digest()), null);
      } catch (UncheckedIOException e) {
        // The registry was killed.
      }
    }
  }
}
