package dev.winnow.cli;

import dev.winnow.retention.Decision;
import dev.winnow.run.PlanHeader;
import dev.winnow.run.PlanReader;
import dev.winnow.run.PlanSink;
import dev.winnow.run.PlanSummary;
import dev.winnow.run.PlanTotals;
import dev.winnow.run.RepositoryPlan;
import dev.winnow.run.Run;
import dev.winnow.storage.Reasons;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** The plans of a file that {@code winnow plan -o json} or {@code -o jsonl} wrote. */
final class SavedPlan {
  /** As much as clocks may be apart. */
  private static final Duration CLOCKS_APART = Duration.ofMinutes(5);

  private final Path file;
  private final List<PlanHeader> headers;

  private SavedPlan(Path file, List<PlanHeader> headers) {
    this.file = file;
    this.headers = headers;
  }

  /** Looks through a file; what is no whole plan is refused here. */
  static SavedPlan open(Path file) throws CommandException {
    Outline outline = new Outline();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      PlanReader.read(in, outline);
    } catch (IOException e) {
      throw new CommandException(
          Exit.USAGE, "--plan " + file + " cannot be read as a plan: " + firstLine(e));
    }
    if (outline.headers.isEmpty() || outline.digests != outline.headers.size()) {
      throw new CommandException(
          Exit.USAGE, "--plan " + file + " is not whole: it ends before its digest");
    }
    return new SavedPlan(file, outline.headers);
  }

  /**
   * The plan of a policy, which is known by its name and its registry: policies of several
   * namespaces may have one name. Refused when the file has none, or one made for later than now.
   */
  PlanHeader headerOf(Inputs.Work work, Instant now) throws CommandException {
    String policy = work.policy().metadata().name();
    String wanted = Inputs.hostPort(work.registry());
    String others = "";
    for (PlanHeader header : headers) {
      if (isOf(header, policy, wanted)) {
        checkNotLater(header, now);
        return header;
      }
      if (header.policy().equals(policy)) {
        others = Inputs.hostPort(header.url());
      }
    }
    throw new CommandException(
        Exit.REFUSED,
        others.isEmpty()
            ? "--plan " + file + " holds no plan of policy " + policy + "; plan again"
            : "--plan "
                + file
                + " is a plan of another registry: "
                + others
                + ", and policy "
                + policy
                + " is for "
                + wanted);
  }

  /** Ages that are only reached later would delete too early. */
  private void checkNotLater(PlanHeader header, Instant now) throws CommandException {
    if (header.at().isAfter(now.plus(CLOCKS_APART))) {
      throw new CommandException(
          Exit.REFUSED,
          "--plan "
              + file
              + ": the ages of policy "
              + header.policy()
              + " are as of "
              + header.at()
              + ", and now is "
              + now
              + ": a plan made with a later --now shows what will go, and cannot be applied; plan"
              + " again without --now");
    }
  }

  /** How old a plan is, for a person. */
  static String age(PlanHeader header, Instant now) {
    Duration age = Duration.between(header.at(), now);
    String text =
        age.toDays() >= 2
            ? age.toDays() + " days"
            : age.toHours() >= 2 ? age.toHours() + " hours" : age.toMinutes() + " minutes";
    return "policy " + header.policy() + ": ages as of " + header.at() + ", " + text + " ago";
  }

  private static boolean isOf(PlanHeader header, String policy, String hostPort) {
    return header.policy().equals(policy) && Inputs.hostPort(header.url()).equals(hostPort);
  }

  /** Gives the plan of the run's policy to a sink; refused when its digest is not its own. */
  void replay(Run run, PlanSink sink) throws CommandException, IOException {
    PlanTotals totals = new PlanTotals(run);
    Selecting selecting = new Selecting(run, totals, sink);
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), 1 << 16)) {
      PlanReader.read(in, selecting);
    }
    var summary = totals.summary();
    if (selecting.tags != summary.tags()) {
      throw new CommandException(
          Exit.REFUSED,
          "--plan "
              + file
              + ": it tells "
              + summary.tags()
              + " of the "
              + selecting.tags
              + " tags that it counts, as --without-kept does; limits are shares of all: plan again"
              + " without it");
    }
    if (!summary.digest().equals(selecting.claimed)) {
      throw new CommandException(
          Exit.REFUSED,
          "--plan "
              + file
              + ": the digest "
              + selecting.claimed
              + " is not that of its content and of policy "
              + run.header().policy()
              + " as it is now ("
              + summary.digest()
              + "): the plan or the policy was changed (PolicyChanged); plan again");
    }
    sink.end(summary);
  }

  private static String firstLine(IOException e) {
    return Reasons.withoutPath(e).lines().findFirst().orElse("");
  }

  private static final class Outline implements PlanReader.Reader {
    private final List<PlanHeader> headers = new ArrayList<>();
    private int digests;

    @Override
    public void header(String kind, PlanHeader header) throws IOException {
      if (!kind.equals("Plan")) {
        throw new IOException("it is a " + kind + ", not a Plan");
      }
      String hostPort = hostPort(header);
      if (headers.stream().anyMatch(other -> isOf(other, header.policy(), hostPort))) {
        throw new IOException("it holds two plans of policy " + header.policy());
      }
      headers.add(header);
    }

    private static String hostPort(PlanHeader header) throws IOException {
      try {
        return Inputs.hostPort(header.url());
      } catch (IllegalArgumentException e) {
        throw new IOException("its url is none: " + e.getMessage(), e);
      }
    }

    @Override
    public void decision(String repository, Decision decision) {}

    @Override
    public void digest(String digest) {
      digests++;
    }
  }

  /** Of several plans in the file the one that is wanted. */
  private static final class Selecting implements PlanReader.Reader {
    private final Run run;
    private final PlanTotals totals;
    private final PlanSink sink;
    private final Spool.Grouping grouping;
    private boolean wanted;
    private String claimed = "";
    private long tags;

    Selecting(Run run, PlanTotals totals, PlanSink sink) {
      this.run = run;
      this.totals = totals;
      this.sink = sink;
      this.grouping = new Spool.Grouping(this::repository);
    }

    private void repository(String repository, List<Decision> decisions) throws IOException {
      boolean selected = run.rules().policy().selects(repository);
      totals.add(new RepositoryPlan(repository, selected, decisions, null, 0, null));
      sink.repository(repository, decisions);
    }

    @Override
    public void header(String kind, PlanHeader header) throws IOException {
      wanted = isOf(header, run.header().policy(), run.hostPort());
      if (wanted) {
        sink.begin(header);
      }
    }

    @Override
    public void decision(String repository, Decision decision) throws IOException {
      if (wanted) {
        grouping.decision(repository, decision);
      }
    }

    @Override
    public void summary(PlanSummary summary) {
      if (wanted) {
        tags = summary.tags();
      }
    }

    @Override
    public void digest(String digest) throws IOException {
      if (wanted) {
        grouping.flush();
        claimed = digest;
      }
    }
  }
}
