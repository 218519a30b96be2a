package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;

import dev.winnow.cluster.Claim;
import dev.winnow.cluster.RetentionRunResource;
import io.fabric8.kubernetes.api.model.ObjectMetaBuilder;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RunTasksTest {
  private static final Failure STOPS = new Failure("OperatorStops", "it stops", false);

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

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatBeginsAfterAllWereStoppedIsStoppedToo(boolean interruptible) throws Exception {
    RunTasks tasks = new RunTasks(new World());
    RetentionRunResource run = new RetentionRunResource();
    run.setMetadata(
        new ObjectMetaBuilder().withNamespace("n").withName("late").withUid("1").build());
    tasks.stopAll(STOPS);
    CompletableFuture<RunTask> began = new CompletableFuture<>();
    tasks.start(
        run,
        HELD,
        interruptible,
        task -> {
          began.complete(task);
          return new TaskOutcome.Dropped();
        });
    assertThat(began.get(10, TimeUnit.SECONDS))
        .returns(STOPS, RunTask::stopped)
        .returns(STOPS, RunTask::left);
  }
}
