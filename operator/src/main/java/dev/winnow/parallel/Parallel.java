package dev.winnow.parallel;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;

/** Work on many items with virtual threads, bounded, results in the order of the items. */
public final class Parallel {
  private Parallel() {}

  /** Work on one item. */
  @FunctionalInterface
  public interface Work<T, R> {
    R apply(T item) throws IOException;
  }

  /** Takes results in order. */
  @FunctionalInterface
  public interface Sink<R> {
    void accept(R result) throws IOException;
  }

  /**
   * Works on all items, at most {@code workers} at a time.
   *
   * @throws IOException the first failure, in the order of the items; the rest is given up
   */
  public static <T, R> List<R> map(List<T> items, int workers, Work<T, R> work) throws IOException {
    if (items.size() == 1) {
      return List.of(work.apply(items.getFirst()));
    }
    AtomicInteger next = new AtomicInteger();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<List<Indexed<R>>>> futures = new ArrayList<>();
      for (int i = 0; i < Math.min(workers, items.size()); i++) {
        futures.add(
            threads.submit(() -> {
              List<Indexed<R>> done = new ArrayList<>();
              int index;
              while ((index = next.getAndIncrement()) < items.size()) {
                done.add(new Indexed<>(index, work.apply(items.get(index))));
              }
              return done;
            }));
      }
      return collect(futures, threads, items.size());
    }
  }

  /**
   * Works on all items, at most {@code workers} at a time and as many ahead of the sink, which
   * takes the results in order: memory does not grow with the number of items.
   *
   * @throws IOException the first failure of the work or the sink; the rest is given up
   */
  public static <T, R> void inOrder(List<T> items, int workers, Work<T, R> work, Sink<R> sink)
      throws IOException {
    ArrayDeque<Future<R>> ahead = new ArrayDeque<>();
    int next = 0;
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      try {
        while (next < items.size() || !ahead.isEmpty()) {
          while (next < items.size() && ahead.size() < workers) {
            T item = items.get(next++);
            ahead.add(threads.submit(() -> work.apply(item)));
          }
          sink.accept(get(ahead.remove()));
        }
      } catch (IOException | RuntimeException e) {
        threads.shutdownNow();
        throw e;
      }
    }
  }

  private record Indexed<R>(int index, R result) {}

  private static <R> List<R> collect(
      List<Future<List<Indexed<R>>>> futures, ExecutorService threads, int size)
      throws IOException {
    List<Indexed<R>> all = new ArrayList<>(size);
    try {
      for (Future<List<Indexed<R>>> future : futures) {
        all.addAll(get(future));
      }
    } catch (IOException | RuntimeException e) {
      threads.shutdownNow();
      throw e;
    }
    all.sort((a, b) -> Integer.compare(a.index(), b.index()));
    return all.stream().map(Indexed::result).toList();
  }

  private static <R> R get(Future<R> future) throws IOException {
    try {
      return future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      InterruptedIOException interrupted = new InterruptedIOException("interrupted");
      interrupted.initCause(e);
      throw interrupted;
    } catch (ExecutionException e) {
      switch (e.getCause()) {
        case IOException io -> throw io;
        case RuntimeException bug -> throw bug;
        case Error error -> throw error;
        case null, default -> throw new IllegalStateException("work failed", e);
      }
    }
  }
}
