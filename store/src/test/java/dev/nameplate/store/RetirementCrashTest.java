package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.job.PlanExecution;
import dev.nameplate.ca.retirement.Planning;
import dev.nameplate.ca.retirement.RetirementSettings;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.PlanAct;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.PlanOutcome;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.RevocationReason;
import java.io.File;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A node is killed (SIGKILL) while it retires many devices, again and again; the one after it goes
/// on.
@Timeout(value = 300, threadMode = ThreadMode.SEPARATE_THREAD)
class RetirementCrashTest {

  private static final int DEVICES = 400;
  private static final int ENROLLED = 20;
  private static final int MANY = 10_000;

  @ParameterizedTest
  @EnumSource(TestDatabase.class)
  void whereverItIsKilledNothingIsLostAndNothingIsDoneTwice(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    var plan = planned(settings, DEVICES, ENROLLED, 200);

    for (int i = 0; i < 3; i++) {
      var node = start(settings);
      try {
        awaitBegin(node);
      } finally {
        node.destroyForcibly().waitFor();
      }
    }

    try (var database = open(settings, InstantSource.system())) {
      var left = database.retirements().progress(plan.id());
      assertThat(left.getOrDefault(PlanItem.State.DONE, 0)).isBetween(1, DEVICES - 1);
      assertItemsAndDevicesAgree(database, plan);

      finish(database, plan);

      assertThat(database.retirements().progress(plan.id()))
          .containsOnlyKeys(PlanItem.State.DONE)
          .containsEntry(PlanItem.State.DONE, DEVICES);
      assertItemsAndDevicesAgree(database, plan);
      var retired =
          rows(database).stream()
              .filter(row -> row.kind().equals("Retired"))
              .collect(Collectors.groupingBy(row -> row.subject().orElseThrow()));
      assertThat(retired).hasSize(DEVICES).allSatisfy((_, each) -> assertThat(each).hasSize(1));
      var verifier = new AuditVerifier();
      database.audit().rows(verifier::next);
      assertThat(verifier.verdict()).isInstanceOf(AuditVerdict.Intact.class);
    }
  }

  @Test
  void tenThousandDevicesAreRetiredOnceHoweverOftenTheyAreAskedFor() throws Exception {
    var settings = TestDatabase.H2.fresh();
    var plan = planned(settings, MANY, 0, RetirementPlan.FASTEST);
    try (var database = open(settings, InstantSource.system())) {
      finish(database, plan);

      assertThat(database.retirements().progress(plan.id()))
          .containsEntry(PlanItem.State.DONE, MANY);
      var again =
          planning(database, InstantSource.system())
              .draft(
                  devices(database, plan),
                  RevocationReason.CESSATION_OF_OPERATION,
                  "end of life",
                  Optional.empty(),
                  "admin:alice");
      assertThat(again.devices()).isEmpty();
      assertThat(again.ended()).hasSize(MANY);
      assertThat(
              database
                  .retirements()
                  .act(
                      plan.id(),
                      new PlanAct.Start(plan.sha256(), 20, "admin:alice"),
                      Instant.now()))
          .isInstanceOf(PlanOutcome.Already.class);
      assertThat(rows(database).stream().filter(row -> row.kind().equals("Retired"))).hasSize(MANY);
    }
  }

  /// A plan that runs.
  private static RetirementPlan planned(
      DatabaseSettings settings, int devices, int enrolled, int rate) {
    var clock = new FakeClock();
    try (var database = open(settings, clock)) {
      var stores =
          new TestHierarchy.Stores(
              database.certificates(), database.owners(), database.issuers(), database.audit());
      var hierarchy = TestHierarchy.over(stores, clock, new Random(7));
      var owners = new ArrayList<Owner>();
      for (int i = 0; i < enrolled; i++) {
        var device = FakeDevice.named("pump-%05d".formatted(i));
        hierarchy.enrolled(device);
        owners.add(device.owner());
      }
      try (var threads = Executors.newFixedThreadPool(32)) {
        for (int i = enrolled; i < devices; i++) {
          var owner = new Owner(OwnerKind.DEVICE, "pump-%05d".formatted(i));
          owners.add(owner);
          threads.execute(() -> hierarchy.register(owner, "device"));
        }
      }
      var planning = planning(database, InstantSource.system());
      var plan =
          planning.keep(
              planning.draft(
                  owners,
                  RevocationReason.CESSATION_OF_OPERATION,
                  "end of life",
                  Optional.empty(),
                  "admin:alice"),
              "admin:alice");
      act(database, plan, new PlanAct.Grant(plan.sha256(), "admin:bob"));
      act(database, plan, new PlanAct.Start(plan.sha256(), rate, "admin:alice"));
      return plan;
    }
  }

  private static Planning planning(Database database, InstantSource clock) {
    return new Planning(
        database.owners(),
        database.certificates(),
        database.requests(),
        database.retirements(),
        new RetirementSettings(10, Duration.ofHours(24)),
        clock,
        new Random(5));
  }

  private static void act(Database database, RetirementPlan plan, PlanAct act) {
    assertThat(database.retirements().act(plan.id(), act, Instant.now()))
        .isInstanceOf(PlanOutcome.Moved.class);
  }

  private static void finish(Database database, RetirementPlan plan) {
    var clock = new FakeClock();
    clock.advance(Duration.between(clock.instant(), Instant.now()));
    var job = new PlanExecution(database.retirements(), "survivor", clock);
    while (database.retirements().find(plan.id()).orElseThrow().state()
        != RetirementPlan.State.DONE) {
      clock.advance(Duration.ofSeconds(1));
      job.run(clock.instant());
    }
  }

  /// A device is retired, with its certificates revoked, if and only if its item says so.
  private static void assertItemsAndDevicesAgree(Database database, RetirementPlan plan) {
    for (var item : items(database, plan)) {
      var owner = database.owners().find(item.device().owner()).orElseThrow();
      boolean done = item.state() == PlanItem.State.DONE;
      assertThat(owner.state().mayEnroll()).as(owner.toString()).isNotEqualTo(done);
      assertThat(database.certificates().list(CertificateQuery.ofOwner(owner.owner())))
          .allSatisfy(record -> assertThat(record.isEnded()).isEqualTo(done));
    }
  }

  private static List<PlanItem> items(Database database, RetirementPlan plan) {
    return database
        .retirements()
        .items(plan.id(), Optional.empty(), Optional.empty(), Planning.MOST_DEVICES);
  }

  private static List<Owner> devices(Database database, RetirementPlan plan) {
    return items(database, plan).stream().map(item -> item.device().owner()).toList();
  }

  private static List<AuditRow> rows(Database database) {
    var rows = new ArrayList<AuditRow>();
    database.audit().rows(rows::add);
    return rows;
  }

  private static Database open(DatabaseSettings settings, InstantSource clock) {
    return Database.open(settings, clock, new Random(1), "survivor", RetirementCrashTest::fail);
  }

  private static Process start(DatabaseSettings settings) throws Exception {
    var classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-cp",
            Stream.of(classPath.split(File.pathSeparator))
                .map(entry -> Path.of(entry).toAbsolutePath().toString())
                .collect(Collectors.joining(File.pathSeparator)),
            RetiringNode.class.getName(),
            settings.url(),
            settings.user())
        .redirectErrorStream(true)
        .start();
  }

  private static void awaitBegin(Process node) throws Exception {
    var said = new StringBuilder();
    var output = node.inputReader();
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      if (line.equals(RetiringNode.BEGUN)) {
        return;
      }
      said.append(line).append('\n');
    }
    throw new AssertionError("the node ended before it began:\n" + said);
  }

  private static void fail(StoreException fatal) {
    throw fatal;
  }
}
