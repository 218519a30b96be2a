package dev.winnow.testing;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpsConfigurator;
import com.sun.net.httpserver.HttpsServer;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/** A node of an API server without any: of the pods that are said to be on it, it tells logs. */
public final class LogKubelet implements AutoCloseable {
  private final Path folder = Folders.temporary("kubelet");
  private final Map<String, String> logs = new ConcurrentHashMap<>();
  private final HttpsServer server;
  private final String name;

  public LogKubelet(KubernetesClient admin, String name) {
    this.name = name;
    try {
      InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
      server = HttpsServer.create(any, 0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    server.setHttpsConfigurator(
        new HttpsConfigurator(
            Keys.make(folder.resolve("keys.p12"), "kubelet", "kubelet").serverContext()));
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext("/containerLogs/", this::answer);
    server.start();
    admin
        .resource(
            new NodeBuilder()
                .withNewMetadata()
                .withName(name)
                .endMetadata()
                .withNewStatus()
                .addNewAddress("127.0.0.1", "InternalIP")
                .withNewDaemonEndpoints()
                .withNewKubeletEndpoint(server.getAddress().getPort())
                .endDaemonEndpoints()
                .endStatus()
                .build())
        .create();
  }

  /** The name of the node. */
  public String node() {
    return name;
  }

  /** What the log of a pod is from now on. */
  public void log(String pod, String text) {
    logs.put(pod, text);
  }

  /** {@code /containerLogs/<namespace>/<pod>/<container>}. */
  private void answer(HttpExchange exchange) throws IOException {
    String log = logs.get(Path.of(exchange.getRequestURI().getPath()).getName(2).toString());
    exchange.sendResponseHeaders(log == null ? 404 : 200, 0);
    try (OutputStream out = exchange.getResponseBody()) {
      out.write((log == null ? "no log" : log).getBytes(StandardCharsets.UTF_8));
    }
  }

  @Override
  public void close() {
    server.stop(0);
    Folders.delete(folder);
  }
}
