package dev.winnow.controller;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.winnow.testing.Fault;
import dev.winnow.testing.TestProxy.Request;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Holds the second real delete that a registry is sent until it is opened: the middle of a run. */
final class Gate {
  private final CountDownLatch held = new CountDownLatch(1);
  private final CountDownLatch opened = new CountDownLatch(1);
  private final AtomicInteger deletes = new AtomicInteger();

  @Nullable Fault hold(Request request) {
    boolean deletes = request.is("DELETE", ".*") && !request.path().contains("sha256:000000");
    if (deletes && this.deletes.incrementAndGet() == 2) {
      held.countDown();
      return new Fault.Hold(opened);
    }
    return null;
  }

  /** Returns once a delete is held. */
  void awaitHeld() {
    try {
      assertThat(held.await(OperatorWorld.SOON.toMillis(), TimeUnit.MILLISECONDS))
          .as("a second delete came")
          .isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Opens it when something has become so. */
  void openOnce(Callable<Boolean> isSo) {
    await().atMost(OperatorWorld.SOON).until(isSo);
    open();
  }

  void open() {
    opened.countDown();
  }
}
