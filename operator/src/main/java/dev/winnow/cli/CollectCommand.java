package dev.winnow.cli;

import dev.winnow.api.Durations;
import dev.winnow.registry.RetryPolicy;
import dev.winnow.storage.Cache;
import dev.winnow.storage.CollectOptions;
import dev.winnow.storage.CollectOptionsBuilder;
import dev.winnow.storage.CollectionReport;
import dev.winnow.storage.DescriptorCache;
import dev.winnow.storage.LockedException;
import dev.winnow.storage.Pass;
import dev.winnow.storage.PassProgress;
import dev.winnow.storage.Reasons;
import dev.winnow.storage.RedisCache;
import dev.winnow.storage.RefusedException;
import dev.winnow.storage.Timing;
import dev.winnow.storage.Volume;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** {@code winnow collect}. */
@CommandLine.Command(
    name = "collect",
    description = "Reclaims space on a registry's volume: one pass of the collector.",
    mixinStandardHelpOptions = true,
    versionProvider = Version.class,
    footerHeading = "%nExamples:%n",
    footer = {
      "  winnow collect --root /var/lib/registry --dry-run",
      "  winnow collect --root /var/lib/registry --cache none    # while one without a cache serves",
      "  winnow collect --root /var/lib/registry --cache memory --writers-since 2026-11-22T02:00:00Z",
      "  winnow collect --root /var/lib/registry --cache none --offline --hold 0s    # it is stopped",
      "",
      "--cache is what storage.cache.blobdescriptor of the registry says. The official images have",
      "it in memory: say since when the registry's oldest process runs, and restart it now and then.",
      "",
      "The registry goes on while it works. What nothing refers to is first seen by one pass, taken",
      "into the trash by a later one, and purged by one after that: run it on a schedule. Until",
      "then winnow restore brings it back.",
      "",
      "Ends with 3 when something must be looked at by a person first, with 5 when another collector",
      "works on the volume.",
    })
final class CollectCommand implements Command {
  private static final Duration FLOOR = Duration.ofHours(1);
  private static final Duration SKEW = Duration.ofSeconds(60);
  private static final Pattern ZERO = Pattern.compile("0[0wdhms]*");

  @Option(
      names = "--root",
      required = true,
      paramLabel = "DIR",
      description = "The registry's rootdirectory, which holds docker/registry/v2.")
  private Path root = Path.of("");

  @Option(names = "--dry-run", description = "Change nothing; say what a pass now would take.")
  private boolean dryRun;

  @Option(
      names = "--untagged",
      paramLabel = "AGE",
      defaultValue = "7d",
      description =
          "How long manifests stay that nothing names; never keeps them. Default"
              + " ${DEFAULT-VALUE}.")
  private String untagged = "";

  @Option(
      names = "--grace",
      paramLabel = "AGE",
      defaultValue = "24h",
      description = "Nothing younger is taken. Default ${DEFAULT-VALUE}.")
  private String grace = "";

  @Option(
      names = "--hold",
      paramLabel = "AGE",
      defaultValue = "48h",
      description = "How long what was taken can be brought back. Default ${DEFAULT-VALUE}.")
  private String hold = "";

  @Option(
      names = "--offline",
      description =
          "You promise that no registry process writes to the volume, or will without a restart."
              + " What nothing refers to is taken at once.")
  private boolean offline;

  @Option(
      names = "--take-only",
      description = "Purge nothing: what is held long enough is for a later pass.")
  private boolean takeOnly;

  @Option(
      names = "--until",
      paramLabel = "INSTANT",
      description = "Nothing is moved or removed from then on.")
  private @Nullable Instant until;

  @Option(
      names = "--cache",
      paramLabel = "CACHE",
      description =
          "What the registry's storage.cache.blobdescriptor is: none, memory or redis. Not told:"
              + " as memory, and with --offline an error.")
  private @Nullable String cache;

  @Option(
      names = "--redis",
      paramLabel = "URL",
      description =
          "The Redis of --cache redis, as redis://[USER@]HOST:PORT/DB, or rediss:// with TLS. Its"
              + " password is taken from WINNOW_REDIS_PASSWORD.")
  private @Nullable String redis;

  @Option(
      names = "--writers-since",
      paramLabel = "INSTANT",
      description = "Every registry process that writes now started then or later.")
  private @Nullable Instant writersSince;

  @Option(
      names = "--drained",
      paramLabel = "INSTANT",
      description =
          "Every registry process was seen then or later to work on no request: what began before"
              + " is over. Not told: a request may take an hour.")
  private @Nullable Instant drained;

  @Option(
      names = "--expect",
      paramLabel = "ID",
      description = "The volume's instance as last reported; another is refused.")
  private @Nullable String expect;

  @Option(
      names = "--in-use",
      paramLabel = "FILE",
      description = "Digests, one a line, that stay, tag or no tag.")
  private @Nullable Path inUse;

  @Option(
      names = "--untag",
      paramLabel = "FILE",
      description =
          "Tags to delete, as JSON lines with repository, tag and digest; each as long as it has"
              + " that digest. Of a folder all .jsonl files.")
  private @Nullable Path untag;

  @Option(
      names = "--report",
      paramLabel = "FILE",
      description = "Write what was done to this file, too, as JSON.")
  private @Nullable Path file;

  @Option(
      names = "--probe",
      description =
          "Place a blob in the repository winnow.dev/probe, say so as a JSON line, and take it half"
              + " a minute later: ask each registry process for it before and after. One that"
              + " still has it afterwards remembers what --cache does not say.")
  private boolean probe;

  @Option(names = "--yes", description = "What is odd about this volume was looked at: go on.")
  private boolean yes;

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      defaultValue = "table",
      description = "table or json; default ${DEFAULT-VALUE}.")
  private TextFormat output = TextFormat.table;

  @Option(
      names = "--result",
      paramLabel = "FILE",
      description =
          "For a Job: write how it ended to this file, as JSON, and keep the whole reports of the"
              + " last passes in .winnow/reports on the volume.")
  private @Nullable Path resultFile;

  @Option(
      names = "--result-bytes",
      paramLabel = "BYTES",
      defaultValue = "4096",
      description =
          "How long that file may be: the containers of a pod share what a cluster keeps of them;"
              + " default ${DEFAULT-VALUE}.")
  private int resultBytes;

  @Override
  public int run(Context context) throws CommandException, IOException {
    ResultFile result = new ResultFile(resultFile, resultBytes);
    try {
      Pass pass = pass(context);
      try (ReportFile whole = ReportFile.open(file)) {
        CollectionReport report = run(pass, context);
        result.ended(report);
        tell(report, whole, context.terminal());
        return report.failures().isEmpty() ? Exit.DONE : Exit.FAILED;
      }
    } catch (RefusedException e) {
      result.failed(Exit.REFUSED, e.reason(), String.valueOf(e.getMessage()));
      throw new CommandException(Exit.REFUSED, String.valueOf(e.getMessage()));
    } catch (LockedException e) {
      result.failed(Exit.LOCKED, "Locked", String.valueOf(e.getMessage()));
      throw new CommandException(Exit.LOCKED, String.valueOf(e.getMessage()));
    } catch (CommandException e) {
      result.failed(e.status(), "UsageError", String.valueOf(e.getMessage()));
      throw e;
    } catch (InterruptedIOException e) {
      result.failed(Exit.INTERRUPTED, "Interrupted", "the collector was told to end");
      throw e;
    } catch (IOException e) {
      advise(Reasons.text(e), context.terminal());
      result.failed(e);
      throw e;
    }
  }

  private void tell(CollectionReport report, ReportFile whole, Terminal terminal)
      throws CommandException, IOException {
    new CollectionOutput(terminal).print(report, output);
    advise(String.join("; ", report.failures()), terminal);
    whole.write(report);
    if (resultFile != null && !report.dryRun()) {
      try {
        new KeptReports(root).add(report);
      } catch (IOException e) {
        terminal.warn("the report is not kept on the volume: " + Reasons.text(e));
      }
    }
  }

  private static void advise(String failures, Terminal terminal) {
    if (FullVolume.is(failures)) {
      terminal.warn(FullVolume.ADVICE);
    }
  }

  private Pass pass(Context context) throws CommandException, IOException {
    boolean isFast = "1".equals(context.environment().get("WINNOW_TEST_FAST_TIME"));
    if (isFast) {
      context.terminal().warn("WINNOW_TEST_FAST_TIME is set: times are those of a test");
    }
    CollectOptions options = options(isFast, context.clock().instant());
    CollectionProgress progress = new CollectionProgress(context.terminal(), context.clock());
    Pass pass =
        new Pass(
                new Volume(Volume.Watcher.NONE),
                StoreOption.real(root),
                options,
                sharedCache(context),
                context.clock(),
                time -> pause(context.retry().pause(), time, progress))
            .telling(progress);
    context.interrupts().interruptCommand();
    return pass;
  }

  /** An interrupt may end any read or write of a pass, and looks as if that had failed. */
  private CollectionReport run(Pass pass, Context context) throws IOException {
    try {
      CollectionReport report = pass.run();
      if (!wasInterrupted(context)) {
        return report;
      }
    } catch (RefusedException | LockedException e) {
      throw e;
    } catch (IOException e) {
      if (!wasInterrupted(context)) {
        throw e;
      }
    }
    context
        .terminal()
        .say(
            dryRun
                ? "Nothing was changed."
                : "What is in the trash stays there, and nothing is lost. Run the next pass soon:"
                    + " it brings back what is needed.");
    throw new InterruptedIOException("interrupted");
  }

  private static boolean wasInterrupted(Context context) {
    return Thread.interrupted() || context.interrupts().wasInterrupted();
  }

  /** Waits a second at a time, so that a person sees how long it takes. */
  private static void pause(RetryPolicy.Pause pause, Duration time, PassProgress progress)
      throws IOException {
    try {
      Duration step = Duration.ofSeconds(1);
      for (Duration left = time; left.isPositive(); left = left.minus(step)) {
        long waited = time.minus(left).toSeconds();
        progress.at("waiting for pushes under way", waited, time.toSeconds(), "seconds");
        pause.pause(left.compareTo(step) < 0 ? left : step);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("interrupted");
    }
  }

  private CollectOptions options(boolean isFast, Instant now) throws CommandException {
    checkTimes(now);
    if (offline && cache == null) {
      throw new CommandException(
          Exit.USAGE,
          "--offline needs --cache: say what storage.cache.blobdescriptor of the registry is (none,"
              + " memory or redis), and restart a registry with memory before it takes a write");
    }
    if (offline && probe) {
      throw new CommandException(
          Exit.USAGE, "--probe asks registries that serve, and --offline says that none does");
    }
    Duration least = offline ? Duration.ZERO : isFast ? Duration.ofSeconds(1) : FLOOR;
    return CollectOptionsBuilder.builder()
        .dryRun(dryRun)
        .untagged(untagged.equals("never") ? null : age("--untagged", untagged, least))
        .grace(age("--grace", grace, least))
        .hold(age("--hold", hold, least))
        .offline(offline)
        .takeOnly(takeOnly)
        .until(until)
        .cache(cache())
        .writersSince(writersSince)
        .drained(drained)
        .expect(expect)
        .inUse(inUse == null ? Set.of() : OptionFile.digests("--in-use", inUse))
        .untag(untag == null ? null : UntagFile.read(untag))
        .probe(probe)
        .yes(yes)
        .timing(isFast ? Timing.FAST : Timing.REAL)
        .build();
  }

  private void checkTimes(Instant now) throws CommandException {
    String clock = "; the clock here says " + now.truncatedTo(ChronoUnit.SECONDS) + ", in UTC";
    checkPast("--writers-since", writersSince, now, clock);
    checkPast("--drained", drained, now, clock);
    if (until != null && !until.isAfter(now)) {
      throw new CommandException(Exit.USAGE, "--until " + until + " is over" + clock);
    }
  }

  private static void checkPast(String option, @Nullable Instant told, Instant now, String clock)
      throws CommandException {
    if (told != null && told.isAfter(now.plus(SKEW))) {
      throw new CommandException(
          Exit.USAGE,
          option
              + " "
              + told
              + " is in the future"
              + clock
              + ". Is it a local time with a Z behind it?");
    }
  }

  private @Nullable DescriptorCache sharedCache(Context context) throws CommandException {
    if ((redis != null) != (cache() == Cache.REDIS)) {
      throw new CommandException(
          Exit.USAGE, "--cache redis and --redis URL go together: give both, or neither");
    }
    if (redis == null) {
      return null;
    }
    try {
      return RedisCache.at(redis, context.environment().get("WINNOW_REDIS_PASSWORD"));
    } catch (IllegalArgumentException e) {
      throw new CommandException(
          Exit.USAGE,
          "--redis " + e.getMessage() + "; a password is taken from WINNOW_REDIS_PASSWORD");
    }
  }

  private Cache cache() throws CommandException {
    if (cache == null) {
      return Cache.UNKNOWN;
    }
    return switch (cache) {
      case "none" -> Cache.NONE;
      case "memory" -> Cache.MEMORY;
      case "redis" -> Cache.REDIS;
      default ->
          throw new CommandException(
              Exit.USAGE, "--cache " + cache + " is none of none, memory and redis");
    };
  }

  private static Duration age(String option, String text, Duration least) throws CommandException {
    if (ZERO.matcher(text).matches() && !text.equals("0s")) {
      throw new CommandException(
          Exit.USAGE, option + " " + text + ": write no time at all as 0s; it needs --offline");
    }
    Duration age =
        text.equals("0s")
            ? Duration.ZERO
            : Durations.parse(text)
                .orThrow(message -> new CommandException(Exit.USAGE, option + ": " + message));
    if (age.compareTo(least) < 0) {
      throw new CommandException(
          Exit.USAGE,
          String.format(
              Locale.ROOT,
              "%s %s is too short while a registry may write: at least 1h, or --offline",
              option,
              text));
    }
    return age;
  }
}
