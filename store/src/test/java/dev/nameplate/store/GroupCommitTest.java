package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.store.BreakableConnections.Fault;
import java.math.BigInteger;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class GroupCommitTest {

  private static final int CALLERS = 32;
  private static final int CHANGES_EACH = 20;

  private final FakeClock clock = new FakeClock();
  private final List<StoreException> fatal = new ArrayList<>();

  // Groups

  @ParameterizedTest
  @EnumSource
  void manyCallersShareTheirFlushes(TestDatabase kind) throws Exception {
    try (var database = open(kind.fresh())) {
      var before = database.stats();
      atOnce(
          CALLERS,
          caller -> {
            for (int i = 0; i < CHANGES_EACH; i++) {
              register(database, "pump-" + caller + "-" + i);
            }
          });

      var changes = database.stats().changes() - before.changes();
      var groups = database.stats().groups() - before.groups();
      assertThat(changes).isEqualTo(CALLERS * CHANGES_EACH);
      assertThat(groups).isLessThanOrEqualTo(changes / 4);
      assertThat(verdict(database)).isEqualTo(new AuditVerdict.Intact(1 + changes, 1));
    }
  }

  @Test
  void everyGroupOnH2IsFlushedToDiskBeforeAnyCallerIsAnswered() throws Exception {
    var settings = TestDatabase.H2.fresh();
    var connections = new BreakableConnections(settings);
    try (var database = open(settings, connections)) {
      connections.seen().clear();
      atOnce(CALLERS, caller -> register(database, "pump-" + caller));

      var seen = List.copyOf(connections.seen());
      var groups = database.stats().groups();
      assertThat(seen)
          .isEqualTo(
              Collections.nCopies((int) groups, List.of("commit", "CHECKPOINT SYNC")).stream()
                  .flatMap(List::stream)
                  .toList());
    }
  }

  @ParameterizedTest
  @EnumSource
  void thePoisonedChangeFailsAlone(TestDatabase kind) throws Exception {
    try (var database = open(kind.fresh());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      register(database, "pump");
      assertThat(addSecret(database, "s1")).isTrue();
      var before = database.stats();
      var gate = new Gate(database, threads);
      var good = new ArrayList<Future<RegisterOutcome>>();
      for (int i = 0; i < 10; i++) {
        var name = "good-" + i;
        good.add(threads.submit(() -> register(database, name)));
      }
      var poison = threads.submit(() -> addSecret(database, "s1"));
      for (int i = 10; i < 20; i++) {
        var name = "good-" + i;
        good.add(threads.submit(() -> register(database, name)));
      }
      gate.openWhenWaiting(21);

      for (var outcome : good) {
        assertThat(outcome.get()).isInstanceOf(RegisterOutcome.Registered.class);
      }
      assertThatThrownBy(poison::get)
          .isInstanceOf(ExecutionException.class)
          .cause()
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("add secret s1")
          .hasMessageContaining("nothing was changed");
      assertThat(database.stats().failedAlone() - before.failedAlone()).isEqualTo(1);
      assertThat(database.stats().changes() - before.changes()).isEqualTo(20);
      assertThat(database.stats().groups() - before.groups()).isEqualTo(1);
      assertThat(verdict(database)).isEqualTo(new AuditVerdict.Intact(1 + 2 + 20, 1));
    }
  }

  @ParameterizedTest
  @EnumSource
  void aBugInOneChangeLeavesTheOthersAlone(TestDatabase kind) throws Exception {
    try (var database = open(kind.fresh());
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var gate = new Gate(database, threads);
      var broken =
          threads.submit(() ->
              database
                  .writer()
                  .submit(
                      Lane.ISSUE,
                      "a",
                      "break",
                      transaction -> {
                        transaction.record(refusal("never written"));
                        throw new IllegalStateException("a bug");
                      }));
      var good = threads.submit(() -> register(database, "pump"));
      gate.openWhenWaiting(2);

      assertThat(good.get()).isInstanceOf(RegisterOutcome.Registered.class);
      assertThatThrownBy(broken::get).hasRootCauseMessage("a bug");
      assertThat(rows(database))
          .extracting(AuditRow::kind)
          .containsExactly("ChainStarted", "OwnerRegistered");
    }
  }

  @Test
  void aWriterThatCannotGoOnSaysSoAndStopsTheNode() {
    try (var database = open(TestDatabase.H2.fresh())) {
      assertThatThrownBy(() ->
              database
                  .writer()
                  .submit(
                      Lane.ISSUE,
                      "a",
                      "break",
                      _ -> {
                        throw new StackOverflowError("too deep");
                      }))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("the store's writer has stopped")
          .hasRootCauseMessage("too deep");

      assertThatThrownBy(() -> register(database, "pump"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("stopped");
      assertThat(fatal).hasSize(1);
    }
  }

  @Test
  void whatOnlyAsksIsNotFlushed() {
    try (var database = open(TestDatabase.H2.fresh())) {
      register(database, "pump");
      var before = database.stats();

      assertThat(register(database, "pump")).isInstanceOf(RegisterOutcome.NameTaken.class);

      assertThat(database.stats()).isEqualTo(before);
    }
  }

  // Lanes

  @Test
  void revocationsGoFirstAndRefusalsLast() throws InterruptedException {
    var lanes = new Lanes();
    for (var lane : List.of(Lane.REFUSAL, Lane.BULK, Lane.ISSUE, Lane.REVOKE)) {
      lanes.add(new Task<>(lane, "", lane.name(), _ -> true));
    }

    assertThat(lanes.take())
        .extracting(Task::lane)
        .containsExactly(Lane.REVOKE, Lane.ISSUE, Lane.BULK, Lane.REFUSAL);
  }

  @Test
  void aLaneThatIsFullTakesNoMore() throws InterruptedException {
    var lanes = new Lanes();

    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                lanes.add(new Task<>(Lane.REFUSAL, "", "append", _ -> true));
              }
            })
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("nothing was changed");
    lanes.add(new Task<>(Lane.REVOKE, "", "revoke", _ -> true));
    assertThat(lanes.take().getFirst().lane()).isEqualTo(Lane.REVOKE);
  }

  @Test
  void aChangeThatGetsNoTurnIsTakenBack() throws Exception {
    var fresh = TestDatabase.H2.fresh();
    var impatient =
        new DatabaseSettings(
            fresh.url(), fresh.user(), fresh.password(), 2, Duration.ofMillis(100));
    try (var database = open(impatient);
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var gate = new Gate(database, threads);

      assertThatThrownBy(() -> register(database, "pump"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("no turn")
          .hasMessageContaining("nothing was changed");

      gate.open();
      assertThat(register(database, "other")).isInstanceOf(RegisterOutcome.Registered.class);
      assertThat(database.owners().find(owner("pump"))).isEmpty();
    }
  }

  @Test
  void aClosedStoreTakesNothingMore() {
    var database = open(TestDatabase.H2.fresh());
    database.close();

    assertThatThrownBy(() -> register(database, "pump"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("closed");
  }

  // Broken machines

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"LOST_BEFORE_COMMIT", "LOST_AFTER_COMMIT", "LOST_DURING_COMMIT"})
  void whenTheAnswerToACommitIsLostTheDatabaseIsAskedWhatIsTrue(Fault fault) {
    var settings = TestDatabase.POSTGRESQL.fresh();
    var connections = new BreakableConnections(settings);
    try (var database = open(settings, connections)) {
      connections.breakNext(fault);

      assertThat(register(database, "pump")).isInstanceOf(RegisterOutcome.Registered.class);
      assertThat(register(database, "pump")).isInstanceOf(RegisterOutcome.NameTaken.class);

      assertThat(rows(database))
          .extracting(AuditRow::kind)
          .containsExactly("ChainStarted", "OwnerRegistered");
      assertThat(verdict(database)).isEqualTo(new AuditVerdict.Intact(2, 1));
      assertThat(fatal).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = Fault.class,
      names = {"DISK_FULL", "FLUSH_FAILS"})
  void whenH2FailsAtACommitTheNodeStopsForGood(Fault fault) {
    var settings = TestDatabase.H2.fresh();
    var connections = new BreakableConnections(settings);
    try (var database = open(settings, connections)) {
      register(database, "before");
      connections.breakNext(fault);

      assertThatThrownBy(() -> register(database, "pump"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("must stop")
          .hasMessageContaining("unknown");

      connections.breakNext(Fault.NONE);
      assertThatThrownBy(() -> register(database, "after"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("stopped");
      assertThatThrownBy(() ->
              database
                  .certificates()
                  .status(new IssuerId("ab".repeat(32)), new SerialNumber(BigInteger.ONE)))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("stopped");
      assertThat(fatal).hasSize(1);
    }
  }

  @Test
  void aDatabaseThatLostCommitsStopsTheNode() throws Exception {
    var settings = TestDatabase.POSTGRESQL.fresh();
    var connections = new BreakableConnections(settings);
    try (var database = open(settings, connections)) {
      register(database, "pump");
      try (var admin = new BreakableConnections(settings).open()) {
        Sql.execute(admin, "UPDATE audit_chain SET commits = 0");
      }
      connections.breakNext(Fault.LOST_BEFORE_COMMIT);

      assertThatThrownBy(() -> register(database, "other"))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("lost commits");
      assertThat(fatal).hasSize(1);
    }
  }

  @Test
  void aPasswordThatCannotBeReadIsADatabaseThatIsAway() {
    var source =
        new DriverSource(
            "jdbc:h2:mem:",
            new Properties(),
            () -> {
              throw new StoreException("the database password: no such file");
            });

    assertThatThrownBy(source::getConnection)
        .isInstanceOf(SQLException.class)
        .hasMessageContaining("no such file");
  }

  @Test
  void aWriterThatCannotBeginLeavesNoConnectionOpen() throws Exception {
    var settings = TestDatabase.H2.fresh();
    var opened = new ArrayList<Connection>();
    try (var database = open(settings)) {
      // the same chain once more: the same time, the same random numbers
      assertThatThrownBy(() ->
              open(
                  settings,
                  () -> {
                    opened.add(new BreakableConnections(settings).open());
                    return opened.getLast();
                  }))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("cannot be opened");

      assertThat(opened).hasSize(1);
      assertThat(opened.getFirst().isClosed()).isTrue();
      assertThat(register(database, "pump")).isInstanceOf(RegisterOutcome.Registered.class);
    }
  }

  /// Holds the writer until it is opened, so that what comes in the meantime is one group.
  private static final class Gate {

    private final CountDownLatch opened = new CountDownLatch(1);
    private final Lanes lanes;

    Gate(Database database, ExecutorService threads) throws InterruptedException {
      var held = new CountDownLatch(1);
      lanes = database.writer().lanes();
      threads.execute(() ->
          database
              .writer()
              .submit(
                  Lane.REVOKE,
                  "",
                  "hold",
                  _ -> {
                    held.countDown();
                    try {
                      opened.await();
                    } catch (InterruptedException _) {
                      Thread.currentThread().interrupt();
                    }
                    return true;
                  }));
      held.await();
    }

    void open() {
      opened.countDown();
    }

    void openWhenWaiting(int tasks) {
      while (lanes.size() < tasks) {
        Thread.onSpinWait();
      }
      open();
    }
  }

  private interface Caller {
    void call(int number) throws Exception;
  }

  private static void atOnce(int callers, Caller caller) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks =
          IntStream.range(0, callers)
              .<Callable<Boolean>>mapToObj(number ->
                  () -> {
                    caller.call(number);
                    return true;
                  })
              .toList();
      for (var done : threads.invokeAll(tasks)) {
        assertThat(done.get()).isTrue();
      }
    }
  }

  private Database open(DatabaseSettings settings) {
    return Database.open(settings, clock, new Random(1), "test", fatal::add);
  }

  private Database open(DatabaseSettings settings, Connections connections) {
    return Database.open(settings, connections, clock, new Random(1), "test", fatal::add);
  }

  private RegisterOutcome register(Database database, String name) {
    var owner = owner(name);
    return database
        .owners()
        .register(
            owner,
            "device",
            clock.instant(),
            new AuditEvent.OwnerRegistered(owner, "device", "test"));
  }

  private boolean addSecret(Database database, String id) {
    var owner = owner("pump");
    var expires = clock.instant().plus(Duration.ofHours(1));
    return database
        .owners()
        .addSecret(
            new SecretRecord(id, owner, 1, Der.of(new byte[32]), 1, expires, false),
            new AuditEvent.SecretIssued(owner, id, 1, expires, "test"));
  }

  private static AuditEvent refusal(String what) {
    return new AuditEvent.UnauthenticatedRefusals(what, FakeClock.START, 1);
  }

  private static Owner owner(String name) {
    return new Owner(OwnerKind.DEVICE, name);
  }

  private static List<AuditRow> rows(Database database) {
    var rows = new ArrayList<AuditRow>();
    database.audit().rows(rows::add);
    return rows;
  }

  private static AuditVerdict verdict(Database database) {
    var verifier = new AuditVerifier();
    database.audit().rows(verifier::next);
    return verifier.verdict();
  }
}
