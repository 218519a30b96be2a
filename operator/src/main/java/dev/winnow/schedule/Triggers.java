package dev.winnow.schedule;

import java.time.Instant;
import java.util.Date;
import java.util.Properties;
import java.util.Set;
import java.util.function.Consumer;
import org.quartz.JobBuilder;
import org.quartz.JobDetail;
import org.quartz.JobKey;
import org.quartz.Scheduler;
import org.quartz.SchedulerException;
import org.quartz.SimpleScheduleBuilder;
import org.quartz.SimpleTrigger;
import org.quartz.TriggerBuilder;
import org.quartz.impl.StdSchedulerFactory;

/**
 * Wakes someone at an instant, once: at most one trigger a key. Who is woken finds out what is due
 * and arms again; a trigger that comes late or twice does no harm.
 */
public final class Triggers implements AutoCloseable {
  private final Scheduler scheduler;

  /**
   * Starts at once.
   *
   * @param name of the scheduler, unique in the process
   * @param due called with the key, on a thread of the scheduler; returns soon
   */
  public Triggers(String name, Consumer<String> due) {
    Properties settings = new Properties();
    settings.setProperty(StdSchedulerFactory.PROP_SCHED_INSTANCE_NAME, name);
    settings.setProperty(StdSchedulerFactory.PROP_SCHED_MAKE_SCHEDULER_THREAD_DAEMON, "true");
    settings.setProperty("org.quartz.threadPool.threadCount", "1");
    settings.setProperty("org.quartz.threadPool.makeThreadsDaemons", "true");
    try {
      scheduler = new StdSchedulerFactory(settings).getScheduler();
      scheduler.setJobFactory((bundle, owner) -> {
        String key = bundle.getJobDetail().getKey().getName();
        return context -> due.accept(key);
      });
      scheduler.start();
    } catch (SchedulerException e) {
      throw new IllegalStateException("the scheduler does not start", e);
    }
  }

  /** Wakes at an instant, or at once when it is past; replaces what was armed for the key. */
  public void arm(String key, Instant at) {
    JobDetail job = JobBuilder.newJob(Unused.class).withIdentity(key).build();
    SimpleTrigger trigger =
        TriggerBuilder.newTrigger()
            .withIdentity(key)
            .startAt(Date.from(at))
            .withSchedule(
                SimpleScheduleBuilder.simpleSchedule().withMisfireHandlingInstructionFireNow())
            .build();
    try {
      scheduler.scheduleJob(job, Set.of(trigger), true);
    } catch (SchedulerException e) {
      throw new IllegalStateException("cannot arm " + key, e);
    }
  }

  /** Forgets the key. */
  public void disarm(String key) {
    try {
      scheduler.deleteJob(JobKey.jobKey(key));
    } catch (SchedulerException e) {
      throw new IllegalStateException("cannot disarm " + key, e);
    }
  }

  @Override
  public void close() {
    try {
      scheduler.shutdown(false);
    } catch (SchedulerException e) {
      throw new IllegalStateException("the scheduler does not stop", e);
    }
  }

  /** A job needs a class; the factory above gives each its own action. */
  private interface Unused extends org.quartz.Job {}
}
