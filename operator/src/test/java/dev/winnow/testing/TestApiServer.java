package dev.winnow.testing;

import io.fabric8.kubernetes.client.Config;
import java.nio.file.Path;

/**
 * A real API server with its etcd and nothing else: objects are validated, defaulted, stored,
 * watched and guarded by RBAC, but no controller acts on them. Nothing runs pods or jobs, a deleted
 * namespace stays as {@code Terminating}, and owned objects outlive their owners.
 *
 * <p>Ready in three seconds; tests share one where they can, each in namespaces of its own. It
 * needs no root and dies with the JVM, however that ends.
 */
public final class TestApiServer implements AutoCloseable {
  private final ClusterProcess process = new ClusterProcess("api", "--api");

  private TestApiServer() {}

  /** Starts one; returns when it is ready. */
  public static TestApiServer start() {
    return new TestApiServer();
  }

  /** A kubeconfig with all rights. */
  public Path kubeconfig() {
    return process.kubeconfig();
  }

  /** How a client reaches it, with all rights. */
  public Config config() {
    return Kubeconfigs.read(kubeconfig());
  }

  /** How a client reaches it with the rights of a service account, whether that exists or not. */
  public Config configAs(String namespace, String serviceAccount) {
    return Kubeconfigs.as(config(), namespace, serviceAccount);
  }

  /** Stops the API server as an orchestrator would; what it stored stays. */
  public void stop() {
    process.send("stop apiserver");
  }

  /** Ends the API server at once, as a crash would; what it stored stays. */
  public void kill() {
    process.send("kill apiserver");
  }

  /** Starts it again after {@link #stop} or {@link #kill}, at the same address. */
  public void resume() {
    process.send("start apiserver");
  }

  /** What the API server logged, over all its starts. */
  public String log() {
    return process.file("logs/apiserver");
  }

  /** Ends it; nothing of it stays. */
  @Override
  public void close() {
    process.close();
  }

  /** The process in charge of all others. */
  long pid() {
    return process.pid();
  }
}
