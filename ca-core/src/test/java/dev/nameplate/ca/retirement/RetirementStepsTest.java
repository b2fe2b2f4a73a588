package dev.nameplate.ca.retirement;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.job.CheckpointJob;
import dev.nameplate.ca.job.PlanExecution;
import dev.nameplate.ca.memory.InMemoryCheckpoints;
import dev.nameplate.ca.memory.InMemoryRetirementStore;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.FinishOutcome;
import dev.nameplate.ca.store.PlanAct;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.store.WipeEvidence;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.RevocationReason;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Whatever a retirement is in the middle of when everything stops, doing it again comes to the
/// same end: at every change of the store, just before it and just after it.
class RetirementStepsTest {

  private static final Set<String> CHANGES =
      Set.of("add", "act", "retire", "fail", "seen", "wipe", "finish");

  /// Stops at its n-th change.
  private static final class Stop {
    private final int at;
    private final boolean after;
    private final AtomicInteger changes = new AtomicInteger();

    Stop(int at, boolean after) {
      this.at = at;
      this.after = after;
    }

    boolean isReached() {
      return changes.get() > at;
    }
  }

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final RetirementStore whole = new InMemoryRetirementStore(store);
  private final TestHierarchy hierarchy =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));
  private final CheckpointJob checkpoints =
      new CheckpointJob(
          new InMemoryCheckpoints(store),
          this::signer,
          "test",
          new CheckpointJob.Rule(Duration.ofMinutes(1), 1000, Duration.ofHours(1)),
          () -> false);

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void stoppedAtAnyStepItConvergesAndDoesNothingTwice(boolean after) {
    int steps = 0;
    for (int at = 0; ; at++) {
      var device = FakeDevice.named("pump-" + at);
      hierarchy.enrolled(device);
      var stop = new Stop(at, after);
      var stopping = stopping(stop);
      int stops = 0;
      while (true) {
        try {
          retire(stopping, device);
          break;
        } catch (StoreException stopped) {
          stops++;
        }
      }
      assertRetiredOnce(device);
      if (!stop.isReached()) {
        assertThat(stops).isZero();
        assertThat(steps).isGreaterThan(5);
        return;
      }
      assertThat(stops).isOne();
      steps++;
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"retire", "fail"})
  void whatCannotBeDoneIsReportedNotDone(String broken) {
    var device = FakeDevice.named("pump");
    hierarchy.enrolled(device);
    var failing = failing(broken.equals("retire") ? Set.of("retire") : Set.of("retire", "fail"));
    var plan = started(failing, device);
    var job = new PlanExecution(failing, "test", clock);

    for (int i = 0; i < 5; i++) {
      clock.advance(Duration.ofSeconds(1));
      try {
        job.run(clock.instant());
      } catch (StoreException tried) {
        assertThat(tried).hasMessageContaining("broken");
      }
    }

    assertThat(store.find(device.owner()).orElseThrow().state()).isEqualTo(OwnerState.ACTIVE);
    assertThat(store.list(CertificateQuery.ofOwner(device.owner())))
        .allSatisfy(record -> assertThat(record.revocation()).isEmpty());
    assertThat(whole.progress(plan.id()))
        .containsOnlyKeys(broken.equals("retire") ? PlanItem.State.FAILED : PlanItem.State.PENDING);
    assertThat(whole.receipt(device.owner(), 1)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true})
  void withoutAKeyThatSignsReceiptsTheDeviceIsNotRetiredYet(boolean away) {
    var device = FakeDevice.named("pump");
    hierarchy.enrolled(device);
    var plan = started(whole, device);
    whole.retire(plan.id(), device.owner(), clock.instant());
    whole.seen(device.owner(), 1, List.of(), clock.instant());
    var receipts =
        new Receipts(
            store,
            store,
            store,
            whole,
            this::checkpoint,
            () -> {
              throw new SigningException(away ? "the token is away" : "");
            },
            clock);

    assertThatThrownBy(() -> receipts.finish(device.owner(), 1, "node:test"))
        .isInstanceOf(SigningException.class);

    assertThat(store.find(device.owner()).orElseThrow().state()).isEqualTo(OwnerState.RETIRING);
    assertThat(whole.receipt(device.owner(), 1)).isEmpty();
    assertThat(whole.unfinished(Optional.empty(), 10)).hasSize(1);
  }

  /// From a plan to a receipt, whatever of it is done already.
  private void retire(RetirementStore stopping, FakeDevice device) {
    if (store.find(device.owner()).orElseThrow().state().mayEnroll()) {
      var plan = open(stopping).orElseGet(() -> planned(stopping, device));
      stopping.act(plan.id(), new PlanAct.Start(plan.sha256(), 20, "admin:alice"), clock.instant());
      clock.advance(Duration.ofSeconds(1));
      new PlanExecution(stopping, "test", clock).run(clock.instant());
    }
    for (var item : whole.unseen(Optional.empty(), 10)) {
      stopping.seen(item.device().owner(), 1, List.of(), clock.instant());
    }
    for (var item : whole.unfinished(Optional.empty(), 10)) {
      assertThat(receipts(stopping).finish(item.device().owner(), 1, "node:test"))
          .isInstanceOf(FinishOutcome.Finished.class);
    }
    // a plan that nothing is left of comes to its end
    clock.advance(Duration.ofSeconds(1));
    new PlanExecution(stopping, "test", clock).run(clock.instant());
  }

  private Optional<RetirementPlan> open(RetirementStore stopping) {
    return stopping
        .list(List.of(RetirementPlan.State.READY, RetirementPlan.State.RUNNING), 10)
        .stream()
        .findFirst();
  }

  private void assertRetiredOnce(FakeDevice device) {
    var owner = device.owner();
    assertThat(store.find(owner).orElseThrow().state()).isEqualTo(OwnerState.RETIRED);
    assertThat(store.list(CertificateQuery.ofOwner(owner)))
        .allSatisfy(record -> assertThat(record.isEnded()).isTrue());
    assertThat(whole.receipt(owner, 1)).isPresent();
    assertThat(whole.list(List.of(RetirementPlan.State.RUNNING), 10)).isEmpty();
    var kinds = new ArrayList<String>();
    store.rows(row -> {
      if (row.subject().equals(Optional.of(owner.toString()))) {
        kinds.add(row.kind());
      }
    });
    for (var once :
        List.of("Retired", "Revoked", "RevocationSeen", "WipeRecorded", "RetirementFinished")) {
      assertThat(kinds.stream().filter(once::equals)).as(once).hasSize(1);
    }
  }

  private Receipts receipts(RetirementStore stopping) {
    return new Receipts(store, store, store, stopping, this::checkpoint, this::signer, clock);
  }

  private SignedCheckpoint checkpoint(Instant moment) {
    return checkpoints.notBefore(moment, clock.instant());
  }

  private CertifiedKey signer() {
    return new CertifiedKey(hierarchy.ocspKey(), List.of(hierarchy.ocspSigner()));
  }

  private RetirementPlan planned(RetirementStore retirements, FakeDevice device) {
    var planning =
        new Planning(
            store,
            store,
            store,
            retirements,
            new RetirementSettings(10, Duration.ofDays(300)),
            clock,
            new Random(AuditRow.micros(clock.instant())));
    return planning.keep(
        planning.draft(
            List.of(device.owner()),
            RevocationReason.CESSATION_OF_OPERATION,
            "",
            Optional.of(new WipeEvidence.Waived("a test")),
            "admin:alice"),
        "admin:alice");
  }

  private RetirementPlan started(RetirementStore retirements, FakeDevice device) {
    var plan = planned(retirements, device);
    retirements.act(
        plan.id(), new PlanAct.Start(plan.sha256(), 20, "admin:alice"), clock.instant());
    return plan;
  }

  private RetirementStore stopping(Stop stop) {
    return proxy((name, change) -> {
      boolean here = CHANGES.contains(name) && stop.changes.getAndIncrement() == stop.at;
      if (here && !stop.after) {
        throw new StoreException("stopped before " + name);
      }
      var result = change.run();
      if (here) {
        throw new StoreException("stopped after " + name);
      }
      return result;
    });
  }

  private RetirementStore failing(Set<String> broken) {
    return proxy((name, change) -> {
      if (broken.contains(name)) {
        throw new StoreException(name + " is broken");
      }
      return change.run();
    });
  }

  private interface Change {
    Object run() throws Throwable;
  }

  private interface Around {
    Object call(String name, Change change) throws Throwable;
  }

  private RetirementStore proxy(Around around) {
    return RetirementStore.class.cast(
        Proxy.newProxyInstance(
            RetirementStore.class.getClassLoader(),
            new Class<?>[] {RetirementStore.class},
            (_, method, arguments) ->
                around.call(
                    isRead(method.getName(), arguments) ? "read" : method.getName(),
                    () -> {
                      try {
                        return method.invoke(whole, arguments);
                      } catch (InvocationTargetException thrown) {
                        throw thrown.getCause();
                      }
                    })));
  }

  /// Two of them have a namesake that only reads.
  private static boolean isRead(String name, Object[] arguments) {
    return (name.equals("seen") || name.equals("wipe")) && arguments.length == 2;
  }
}
