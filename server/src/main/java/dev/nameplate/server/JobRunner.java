package dev.nameplate.server;

import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.store.LeaseStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Runs jobs when the clock says that they are due, one after the other. A job that fails is tried
/// again when it is due next, and keeps no other waiting.
final class JobRunner implements AutoCloseable {

  /// A job, and how often it is run.
  ///
  /// @param shared whether one node does it for all, under a lease
  record Schedule(Job job, Duration every, boolean shared) {}

  private static final Logger LOG = LoggerFactory.getLogger(JobRunner.class);
  private static final Duration LEASE = Duration.ofSeconds(30);
  private static final long TICK_MILLIS = 500;
  private static final long PATIENCE_SECONDS = 2;

  private final List<Schedule> schedules;
  private final LeaseStore leases;
  private final String node;
  private final InstantSource clock;
  private final MeterRegistry meters;
  private final ScheduledExecutorService thread;
  private final Map<String, Instant> due = new HashMap<>();
  private final Set<String> failing = new HashSet<>();

  JobRunner(
      List<Schedule> schedules,
      LeaseStore leases,
      String node,
      InstantSource clock,
      MeterRegistry meters) {
    this.schedules = List.copyOf(schedules);
    this.leases = leases;
    this.node = node;
    this.clock = clock;
    this.meters = meters;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("jobs").factory());
  }

  void start() {
    var _ = thread.scheduleWithFixedDelay(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
  }

  /// Runs what is due now.
  synchronized void tick() {
    for (var schedule : schedules) {
      var now = clock.instant();
      var next = due.get(schedule.job().name());
      // a clock that was set back must not keep a job waiting for the old time
      if (next == null || !now.isBefore(next) || now.plus(schedule.every()).isBefore(next)) {
        due.put(schedule.job().name(), now.plus(schedule.every()));
        run(schedule, now);
      }
    }
  }

  /// Waits for a running job to end, for a while.
  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        LOG.warn("a job is still running; it is left behind");
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void run(Schedule schedule, Instant now) {
    var job = schedule.job();
    try {
      if (schedule.shared() && leases.lease(job.name(), node, now, LEASE).isEmpty()) {
        return;
      }
      var summary = job.run(now);
      LOG.debug("{}: {}", job.name(), summary);
      count(job, "done");
      if (failing.remove(job.name())) {
        LOG.info("{} works again: {}", job.name(), summary);
      }
    } catch (RuntimeException | Error failed) {
      // an Error, too: thrown on, it would end every job for good, and nobody would hear of it
      count(job, "failed");
      // said once, not every second
      if (failing.add(job.name())) {
        LOG.error("{} failed; it will be tried again", job.name(), failed);
      }
    }
  }

  private void count(Job job, String outcome) {
    meters.counter("nameplate.job.runs", "job", job.name(), "outcome", outcome).increment();
  }
}
