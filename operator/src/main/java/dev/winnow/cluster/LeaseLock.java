package dev.winnow.cluster;

import io.fabric8.kubernetes.api.model.coordination.v1.Lease;
import io.fabric8.kubernetes.api.model.coordination.v1.LeaseBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.HttpURLConnection;
import java.time.Duration;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A Lease while we hold it: renewed until it is closed, or lost. */
public final class LeaseLock implements Claim, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LeaseLock.class);
  private static final Duration RENEW = Duration.ofSeconds(3);

  /** We stop to believe in it well before somebody else may take it. */
  private static final Duration TRUSTED = Duration.ofSeconds(10);

  private final KubernetesClient client;
  private final InstantSource clock;
  private final LongSupplier nanoTime;
  private final Runnable onLost;
  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread renewing;
  private volatile Lease lease;
  private volatile long renewedNanos;
  private volatile boolean lost;

  /** What came of a try. */
  public sealed interface Attempt {
    /**
     * @param lock ours now
     */
    record Held(LeaseLock lock) implements Attempt {}

    /**
     * @param holder who has it
     */
    record Busy(String holder) implements Attempt {}
  }

  LeaseLock(
      KubernetesClient client,
      Lease lease,
      InstantSource clock,
      LongSupplier nanoTime,
      Runnable onLost) {
    this.onLost = onLost;
    this.client = client;
    this.lease = lease;
    this.clock = clock;
    this.nanoTime = nanoTime;
    this.renewedNanos = nanoTime.getAsLong();
    this.renewing =
        Thread.ofVirtual().name("lock " + lease.getMetadata().getName()).start(this::renewing);
  }

  @Override
  public boolean isHeld() {
    return !lost && nanoTime.getAsLong() - renewedNanos < TRUSTED.toNanos();
  }

  @Override
  public boolean isLost() {
    return lost;
  }

  private void renewing() {
    try {
      while (!closed.await(RENEW.toMillis(), TimeUnit.MILLISECONDS) && !lost) {
        renew();
      }
    } catch (InterruptedException e) {
      LOG.atWarn().addKeyValue("lease", lease.getMetadata().getName()).log("interrupted");
    } finally {
      // Also by an error: what is not renewed any more is not ours.
      if (closed.getCount() > 0) {
        lost = true;
        onLost.run();
      }
    }
  }

  private void renew() {
    long before = nanoTime.getAsLong();
    Lease renewed =
        new LeaseBuilder(lease)
            .editSpec()
            .withRenewTime(clock.instant().atZone(ZoneOffset.UTC))
            .endSpec()
            .build();
    try {
      lease = client.resource(renewed).update();
      renewedNanos = before;
    } catch (RuntimeException e) {
      boolean gone =
          e instanceof KubernetesClientException answer
              && (answer.getCode() == HttpURLConnection.HTTP_CONFLICT
                  || answer.getCode() == HttpURLConnection.HTTP_NOT_FOUND);
      lost |= gone;
      LOG.atWarn()
          .addKeyValue("lease", lease.getMetadata().getName())
          .addKeyValue("lost", gone)
          .setCause(e)
          .log("a lock was not renewed");
    }
  }

  /** Lets go, so that the next one need not wait. */
  @Override
  public void close() {
    closed.countDown();
    try {
      renewing.join();
      if (!lost) {
        client
            .resource(lease)
            .lockResourceVersion(lease.getMetadata().getResourceVersion())
            .delete();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // it runs out by itself
    } catch (KubernetesClientException e) {
      LOG.atWarn()
          .addKeyValue("lease", lease.getMetadata().getName())
          .setCause(e)
          .log("a lock was not released; it runs out by itself");
    } finally {
      lost = true;
    }
  }
}
