package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.cluster.Claim;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.http.AsyncBody;
import io.fabric8.kubernetes.client.http.HttpRequest;
import io.fabric8.kubernetes.client.http.HttpResponse;
import io.fabric8.kubernetes.client.http.Interceptor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ForkJoinPool;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("server")
class PlanJobsTest {
  private static final Failure CANCELLED = new Failure("Cancelled", "spec.cancel was set", false);

  private static final Claim HELD =
      new Claim() {
        @Override
        public boolean isHeld() {
          return true;
        }

        @Override
        public boolean isLost() {
          return false;
        }
      };

  /** Holds what the API server says to a Job that it has stored. */
  private static final class HeldAnswer implements Interceptor, ForkJoinPool.ManagedBlocker {
    private final CountDownLatch stored = new CountDownLatch(1);
    private final CountDownLatch answered = new CountDownLatch(1);

    @Override
    public void after(
        HttpRequest request,
        HttpResponse<?> response,
        AsyncBody.Consumer<List<ByteBuffer>> consumer) {
      if (request.method().equals("POST") && request.uri().getPath().endsWith("/jobs")) {
        stored.countDown();
        try {
          ForkJoinPool.managedBlock(this); // the client of the test needs that pool, too
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
        }
      }
    }

    @Override
    public boolean block() throws InterruptedException {
      answered.await();
      return true;
    }

    @Override
    public boolean isReleasable() {
      return answered.getCount() == 0;
    }
  }

  /** It was interrupted after the API server had stored its Job, and before it knew of that. */
  @Test
  void aStopLeavesNoJobThatWasBeingMade() throws Exception {
    HeldAnswer held = new HeldAnswer();
    try (CollectionScene scene = new CollectionScene();
        KubernetesClient client =
            new KubernetesClientBuilder()
                .withConfig(scene.world().server().config())
                .withHttpClientBuilderConsumer(http -> http.addOrReplaceInterceptor("held", held))
                .build()) {
      scene.world().policy("pushed", "suspend: true");
      scene.world().run("pushed", "");
      RetentionRunResource run = scene.world().runs().getFirst();
      Job job = scene.likeJobOf(run, "planner");
      RunTask task =
          new RunTask(
              "plans",
              HELD,
              true,
              self -> {
                try (var _ = new PlanJobs(client).start(run, job, Map.of("a", "b"), self)) {
                  PlanJobs.check(self);
                } catch (IOException | PlanJobException | RuntimeException e) {
                  return new TaskOutcome.Dropped();
                }
                return new TaskOutcome.Failed(CANCELLED);
              },
              () -> {});
      task.start();
      assertThat(held.stored.await(40, TimeUnit.SECONDS)).isTrue();
      assertThat(scene.jobs()).hasSize(1);
      task.stop(CANCELLED);
      held.answered.countDown();
      Awaitility.await().atMost(OperatorWorld.SOON).until(() -> task.outcome() != null);
      assertThat(scene.jobs()).isEmpty();
      assertThat(
              scene
                  .world()
                  .admin()
                  .configMaps()
                  .inNamespace(scene.world().namespace())
                  .withName("planner")
                  .get())
          .isNull();
    }
  }
}
