package dev.winnow.controller;

import dev.winnow.api.GarbageCollectionStatus.Answer;
import dev.winnow.api.GarbageCollectionStatus.Said;
import dev.winnow.api.Registry;
import dev.winnow.collect.Reading.Serving;
import dev.winnow.oci.Digest;
import dev.winnow.oci.ProbeRepository;
import dev.winnow.registry.RegistryClient;
import dev.winnow.registry.RegistryException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** Asks each pod of a registry, and not its Service, for blobs of ours; on threads of their own. */
final class PodProbe {
  private static final Duration TIMEOUT = Duration.ofSeconds(3);

  /** With all that a request may need besides: a token, say. */
  private static final Duration LONGEST = Duration.ofSeconds(10);

  private static final int TOLD = 3;
  private static final Executor THREADS = Thread.ofVirtual().name("pod probe")::start;

  private final RegistryClients clients;
  private final InstantSource clock;
  private final Map<String, CompletableFuture<Answer>> asked = new ConcurrentHashMap<>();

  /**
   * What to ask.
   *
   * @param key the same each time that it is asked
   * @param digests whether it has any of these
   */
  record Question(
      String key, String namespace, Registry.Spec spec, List<Serving> pods, List<Digest> digests) {}

  private enum Has {
    YES,
    NO,
    UNKNOWN
  }

  /**
   * @param why for people, where it is not known
   */
  private record Reply(String pod, Has has, String why) {}

  PodProbe(RegistryClients clients, InstantSource clock) {
    this.clients = clients;
    this.clock = clock;
  }

  /**
   * What they say; empty as long as they are being asked.
   *
   * @param news called when they have said it
   */
  Optional<Answer> ask(Question question, Runnable news) {
    CompletableFuture<Answer> answer =
        asked.computeIfAbsent(question.key(), unknown -> start(question, news));
    if (!answer.isDone()) {
      return Optional.empty();
    }
    asked.remove(question.key());
    return Optional.of(answer.join());
  }

  private CompletableFuture<Answer> start(Question question, Runnable news) {
    List<CompletableFuture<Reply>> replies =
        question.pods().stream().map(pod -> start(question, pod)).toList();
    CompletableFuture<Answer> answer =
        CompletableFuture.allOf(replies.toArray(CompletableFuture[]::new))
            .thenApply(all -> answer(replies.stream().map(CompletableFuture::join).toList()));
    THREADS.execute(() -> {
      answer.join();
      news.run();
    });
    return answer;
  }

  private CompletableFuture<Reply> start(Question question, Serving pod) {
    return CompletableFuture.supplyAsync(() -> reply(question, pod), THREADS)
        .completeOnTimeout(
            new Reply(pod.pod(), Has.UNKNOWN, "it does not answer in time"),
            LONGEST.toMillis(),
            TimeUnit.MILLISECONDS)
        .exceptionally(e -> new Reply(pod.pod(), Has.UNKNOWN, String.valueOf(e.getMessage())));
  }

  private Reply reply(Question question, Serving pod) {
    if (pod.address().isEmpty()) {
      return new Reply(pod.pod(), Has.UNKNOWN, "its port is not known");
    }
    URI address = pod.address().get();
    try (RegistryClient client =
        clients.openPod(question.namespace(), question.spec(), address, TIMEOUT)) {
      for (Digest digest : question.digests()) {
        if (client.isBlobServed(ProbeRepository.NAME, digest)) {
          return new Reply(pod.pod(), Has.YES, "");
        }
      }
      return new Reply(pod.pod(), Has.NO, "");
    } catch (RegistryClients.MissingException | RegistryException e) {
      return new Reply(pod.pod(), Has.UNKNOWN, String.valueOf(e.getMessage()));
    }
  }

  private Answer answer(List<Reply> replies) {
    List<Reply> having = with(replies, Has.YES);
    List<Reply> unknown = with(replies, Has.UNKNOWN);
    Said said =
        having.isEmpty()
            ? unknown.isEmpty() && !replies.isEmpty() ? Said.NotFound : Said.Unknown
            : having.size() == replies.size() ? Said.Found : Said.Mixed;
    String message =
        switch (said) {
          case Found -> "all pods have it: " + names(having);
          case Mixed -> "some pods have it: " + names(having);
          case NotFound -> "no pod has it: " + names(replies);
          case Unknown ->
              replies.isEmpty()
                  ? "there is no pod to ask"
                  : "pod " + unknown.getFirst().pod() + ": " + unknown.getFirst().why();
        };
    return new Answer(
        clock.instant().truncatedTo(ChronoUnit.MILLIS), replies.size(), said, message);
  }

  private static List<Reply> with(List<Reply> replies, Has has) {
    return replies.stream().filter(each -> each.has() == has).toList();
  }

  private static String names(List<Reply> replies) {
    return replies.stream().limit(TOLD).map(Reply::pod).collect(Collectors.joining(", "))
        + (replies.size() > TOLD ? " and " + (replies.size() - TOLD) + " more" : "");
  }
}
