package dev.nameplate.ca.job;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.store.PlanAct;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/// Retires the devices of the plans that run, each in a transaction of its own, no faster than its
/// plan says. Where it stands is in the store alone: whoever runs it next, after a crash or on
/// another node, goes on where it ended.
public final class PlanExecution implements Job {

  private static final int ATTEMPTS = 3;
  private static final int MOST_PLANS = 100;
  private static final int TOGETHER = 16;

  /// A run ends after this, whatever is left: its lease must not run out under it.
  private static final Duration LONGEST_RUN = Duration.ofSeconds(5);

  /// What a plan may save up while others were at work.
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private record Try(RetirementPlan.Id plan, Owner device) {}

  private final RetirementStore retirements;
  private final String node;
  private final InstantSource clock;
  private final Map<RetirementPlan.Id, Instant> paidUntil = new HashMap<>();
  private final Map<Try, Integer> attempts = new ConcurrentHashMap<>();

  /// @param node under which name a plan comes to its end in the audit log
  public PlanExecution(RetirementStore retirements, String node, InstantSource clock) {
    this.retirements = retirements;
    this.node = node;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "plan-execution";
  }

  @Override
  public String run(Instant now) {
    var running = retirements.list(List.of(RetirementPlan.State.RUNNING), MOST_PLANS);
    paidUntil.keySet().retainAll(running.stream().map(RetirementPlan::id).toList());
    if (running.isEmpty()) {
      attempts.clear();
    }
    int devices = 0;
    for (var plan : running) {
      devices += run(plan, now);
    }
    return devices + " devices of " + running.size() + " plans";
  }

  private int run(RetirementPlan plan, Instant now) {
    int allowed = allowance(plan, now);
    if (allowed == 0) {
      return 0;
    }
    var pending =
        retirements.items(
            plan.id(), Optional.of(PlanItem.State.PENDING), Optional.empty(), allowed);
    int done = together(pending, now);
    if (pending.size() < allowed) {
      retirements.act(plan.id(), new PlanAct.Finish("node:" + node), now);
    }
    return done;
  }

  /// A few at a time, so that they share what it costs to get something on disk.
  private int together(List<PlanItem> pending, Instant now) {
    var end = clock.instant().plus(LONGEST_RUN);
    int done = 0;
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (int i = 0; i < pending.size() && clock.instant().isBefore(end); i += TOGETHER) {
        var each =
            pending.subList(i, Math.min(i + TOGETHER, pending.size())).stream()
                .map(item -> threads.submit(() -> retired(item, now)))
                .toList();
        for (var one : each) {
          done += result(one) ? 1 : 0;
        }
      }
    }
    return done;
  }

  private static boolean result(Future<Boolean> one) {
    try {
      return one.get();
    } catch (ExecutionException failed) {
      throw failed.getCause() instanceof StoreException why
          ? why
          : new IllegalStateException("a retirement that should not have failed so", failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StoreException("interrupted; whatever was begun is done or not", interrupted);
    }
  }

  /// How many devices of a plan are due: its rate, for the time since they were last counted.
  private int allowance(RetirementPlan plan, Instant now) {
    var earliest = now.minus(LONGEST_PAUSE);
    var from = paidUntil.getOrDefault(plan.id(), now.minus(Duration.ofSeconds(1)));
    // also when the clock was set back
    if (from.isBefore(earliest) || from.isAfter(now)) {
      from = earliest;
    }
    long each = Duration.ofSeconds(1).toNanos() / plan.rate();
    long due = Duration.between(from, now).toNanos() / each;
    paidUntil.put(plan.id(), from.plusNanos(due * each));
    return (int) due;
  }

  /// What the store cannot do is tried again later; a device with which it fails again and again is
  /// given up, and that is written down, so that it keeps no other waiting.
  private boolean retired(PlanItem item, Instant now) {
    var attempt = new Try(item.plan(), item.device().owner());
    try {
      var done = retirements.retire(item.plan(), item.device().owner(), clock.instant());
      attempts.remove(attempt);
      return done.isPresent();
    } catch (StoreException failed) {
      int count = attempts.merge(attempt, 1, Integer::sum);
      if (count < ATTEMPTS) {
        throw failed;
      }
      // throws itself if the store is away altogether
      retirements.fail(
          item.plan(), item.device().owner(), String.valueOf(failed.getMessage()), now);
      attempts.remove(attempt);
      return false;
    }
  }
}
