package dev.winnow.controller;

import dev.winnow.api.RetentionRunStatus;
import dev.winnow.cluster.PlanStore;
import dev.winnow.cluster.RetentionRunResource;
import dev.winnow.retention.Decision;
import dev.winnow.run.Applied;
import dev.winnow.run.PlanDigest;
import dev.winnow.run.Planned;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What is stored of a run before it is applied; while the API server is away it is not missing. */
final class RunRecords {
  private static final Logger LOG = LoggerFactory.getLogger(RunRecords.class);

  private final PlanStore store;
  private final Patience patience;

  RunRecords(PlanStore store, Patience patience) {
    this.store = store;
    this.patience = patience;
  }

  /**
   * What an operator has stored of what it did before it was gone, without a word in the status.
   */
  record Earlier(Map<Planned, Applied> outcomes, List<String> reports) {
    static final Earlier NOTHING = new Earlier(Map.of(), List.of());

    /** What is gone for sure. */
    Map<Planned, Applied> deleted(Set<Planned> of) {
      Map<Planned, Applied> deleted = new LinkedHashMap<>(outcomes);
      deleted.keySet().retainAll(of);
      deleted.values().removeIf(each -> each.outcome() != Applied.Result.Deleted);
      return deleted;
    }
  }

  Earlier earlier(RetentionRunResource run, RunTask task) throws IOException {
    return patiently(task, () -> earlier(run));
  }

  private Earlier earlier(RetentionRunResource run) {
    List<String> reports = store.stored(run, PlanStore.RESULT);
    try {
      return reports.isEmpty()
          ? Earlier.NOTHING
          : new Earlier(
              StoredPlan.readResult(store.read(run.getMetadata().getNamespace(), reports)),
              reports);
    } catch (IOException e) {
      LOG.atWarn().setCause(e).addKeyValue("run", World.key(run)).log("a result is not readable");
      return Earlier.NOTHING;
    }
  }

  /**
   * The deletions of its plan.
   *
   * @throws IOException when the plan is missing, or is not the one of this digest
   */
  Map<Planned, Decision> plan(RetentionRunResource run, String digest, RunTask task)
      throws IOException {
    return patiently(task, () -> read(run, digest));
  }

  private interface Reading<T> {
    T read() throws IOException;
  }

  private <T> T patiently(RunTask task, Reading<T> reading) throws IOException {
    Patience.Waiting waiting = patience.begin();
    while (true) {
      try {
        return reading.read();
      } catch (KubernetesClientException e) {
        if (!waiting.againToRecord(task, "the plan cannot be read: " + e.getMessage())) {
          throw e;
        }
      }
    }
  }

  private Map<Planned, Decision> read(RetentionRunResource run, String digest) throws IOException {
    RetentionRunStatus status = run.getStatus();
    PlanDigest expected =
        new PlanDigest(
            String.valueOf(status.registry()),
            String.valueOf(status.policyUid()),
            String.valueOf(status.policyGeneration()));
    return StoredPlan.read(
        store.read(run.getMetadata().getNamespace(), status.reports()), expected, digest);
  }
}
