package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.job.PlanExecution;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.retirement.Draft;
import dev.nameplate.ca.retirement.Planning;
import dev.nameplate.ca.retirement.RetirementSettings;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.FinishOutcome;
import dev.nameplate.ca.store.PlanAct;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.PlanOutcome;
import dev.nameplate.ca.store.PlanRules;
import dev.nameplate.ca.store.PlannedDevice;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.RetirementPlan.State;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.SeenRevoked;
import dev.nameplate.ca.store.StoredReceipt;
import dev.nameplate.ca.store.WipeEvidence;
import dev.nameplate.ca.store.WipeOutcome;
import dev.nameplate.ca.store.WipeRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.RevocationReason;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What every store promises of plans to retire devices, of what they come to, and of the proof.
@Tag("threat-R15")
public abstract class RetirementStoreContract extends StoreContract {

  /// All stores, and the one that this is about.
  public record Opened(Stores stores, RetirementStore retirements) {}

  private static final String REQUESTER = "admin:alice";
  private static final String OFFICER = "admin:bob";
  private static final WipeEvidence WAIVED = new WipeEvidence.Waived("never left the factory");

  private @Nullable RetirementStore opened;
  private RetirementStore retirements;
  private Planning planning;

  protected abstract Opened openAll(InstantSource clock) throws Exception;

  @Override
  protected final Stores open(InstantSource clock) throws Exception {
    var all = openAll(clock);
    opened = all.retirements();
    return all.stores();
  }

  @BeforeEach
  void planOverTheStores() {
    retirements = Objects.requireNonNull(opened);
    planning =
        new Planning(
            owners(),
            certificates(),
            requests(),
            retirements,
            new RetirementSettings(2, Duration.ofHours(24)),
            clock,
            new Random(3));
  }

  @Test
  void aDraftChangesNothingAndSaysTheSameOfTheSame() {
    var pump = enrolled("pump");
    int written = rows().size();

    var draft = draft(pump.owner());

    assertThat(draft.devices()).extracting(PlannedDevice::owner).containsExactly(pump.owner());
    assertThat(draft.certificates()).isOne();
    assertThat(draft.devices().getFirst().json())
        .contains("\"secrets\":[\"s-pump\"]", "\"requests\":[]", record(pump).serial().hex());
    assertThat(draft(pump.owner()).sha256()).isEqualTo(draft.sha256());
    assertThat(draft(pump.owner(), new Owner(pump.owner().kind(), "stranger")).unknown())
        .hasSize(1);
    assertThat(rows()).hasSize(written);
    assertThat(retirements.list(List.of(State.values()), 10)).isEmpty();

    withSecret(pump, "s-later", 1);
    assertThat(draft(pump.owner()).sha256()).isNotEqualTo(draft.sha256());
  }

  @Test
  void aPlanIsKeptAsItWasMade() {
    var pump = enrolled("pump");
    var valve = enrolled("valve");
    var plan = kept(pump.owner(), valve.owner());

    assertThat(retirements.find(plan.id())).contains(plan);
    assertThat(retirements.findByHash(plan.sha256().substring(0, 12))).contains(plan);
    assertThat(retirements.findByHash("0000000000000000")).isEmpty();
    assertThat(retirements.list(List.of(State.READY), 10)).containsExactly(plan);
    assertThat(items(plan)).extracting(PlanItem::state).containsOnly(PlanItem.State.PENDING);
    assertThat(plan.certificates()).isEqualTo(2);
    assertThat(plan.needsApproval()).isFalse();
    assertThat(eventKinds()).endsWith("PlanMade");
    assertThat(record(pump).revocation()).isEmpty();
  }

  @Test
  void manySmallPlansOfARequesterAreOneLargeOne() {
    var first = kept(enrolled("one").owner());
    var second = started(kept(enrolled("two").owner()));
    retirements.retire(second.id(), FakeDevice.named("two").owner(), clock.instant());

    var third = enrolled("three").owner();
    assertThat(draft(third).needsApproval()).isTrue();
    assertThat(planning.keep(draft(third), "admin:bob").state()).isEqualTo(State.READY);
    var waiting = kept(third);
    assertThat(waiting.state()).isEqualTo(State.WAITING);
    assertThat(waiting.needsApproval()).isTrue();
    assertThat(retirements.find(waiting.id())).contains(waiting);
    assertThat(retirements.unapproved(REQUESTER, clock.instant())).isEqualTo(2);

    // what was given up before it began does not count
    moved(first, new PlanAct.Cancel(REQUESTER));
    assertThat(draft(third).needsApproval()).isFalse();
    // nor does what was done more than a day ago
    kept(third);
    assertThat(retirements.unapproved(REQUESTER, clock.instant())).isEqualTo(2);
    clock.advance(PlanRules.FOUR_EYES_WITHIN);
    assertThat(retirements.unapproved(REQUESTER, clock.instant())).isZero();
  }

  @Test
  void whatIsPlannedForLaterCountsUntilItCannotBeStarted() {
    var later =
        new Planning(
            owners(),
            certificates(),
            requests(),
            retirements,
            new RetirementSettings(2, Duration.ofDays(30)),
            clock,
            new Random(4));
    later.keep(draft(enrolled("one").owner(), enrolled("two").owner()), REQUESTER);

    clock.advance(Duration.ofDays(10));

    assertThat(retirements.unapproved(REQUESTER, clock.instant())).isEqualTo(2);
    assertThat(draft(enrolled("three").owner()).needsApproval()).isTrue();
    clock.advance(Duration.ofDays(20));
    assertThat(retirements.unapproved(REQUESTER, clock.instant())).isZero();
  }

  @Test
  void ofPlansThatAreMadeAtOnceAllKnowOfEachOther() {
    var drafts = new ArrayList<Draft>();
    for (int i = 0; i < 8; i++) {
      drafts.add(draft(enrolled("pump-" + i).owner()));
    }

    var plans = drafts.parallelStream().map(draft -> planning.keep(draft, REQUESTER)).toList();

    assertThat(plans).filteredOn(plan -> plan.state() == State.READY).hasSize(2);
    assertThat(retirements.unapproved(REQUESTER, clock.instant())).isEqualTo(2);
  }

  @Test
  void aDeviceIsRetiredTogetherWithWhatIsRememberedOfIt() {
    var pump = enrolled("pump");
    withSecret(pump, "s2", 1);
    var plan = started(kept(Optional.of(WAIVED), pump.owner()));

    var item = retirements.retire(plan.id(), pump.owner(), clock.instant()).orElseThrow();

    assertThat(item.state()).isEqualTo(PlanItem.State.DONE);
    assertThat(item.result())
        .contains(new PlanItem.Result(clock.instant(), 1, 0, 2, List.of(), ""));
    assertThat(items(plan)).containsExactly(item);
    assertThat(record(pump).isEnded()).isTrue();
    assertThat(owners().find(pump.owner()).orElseThrow().state().mayEnroll()).isFalse();
    assertThat(retirements.wipe(pump.owner(), 1).orElseThrow().evidence()).isEqualTo(WAIVED);
    assertThat(retirements.retirement(pump.owner(), 1)).contains(item);
    assertThat(retirements.tombstones(pump.owner()))
        .extracting("kind")
        .containsExactly("KEY", "NAME");
    assertThat(reserve(reservation(withCertificate(pump, certificate(pump)), pump)))
        .isInstanceOf(ReserveOutcome.Refused.class);

    assertThat(retirements.retire(plan.id(), pump.owner(), clock.instant())).isEmpty();
    assertThat(eventKinds().stream().filter("Retired"::equals)).hasSize(1);
    assertThat(eventKinds().stream().filter("Revoked"::equals)).hasSize(1);
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void whatCameAfterThePlanIsRevokedTooAndNamed() {
    var pump = enrolled("pump");
    var plan = started(kept(pump.owner()));
    var before = certificate(pump);
    pump.makeNewKey();
    var later = issued(withCertificate(pump, before), pump);

    var item = retirements.retire(plan.id(), pump.owner(), clock.instant()).orElseThrow();

    assertThat(record(later).isEnded()).isTrue();
    var result = item.result().orElseThrow();
    assertThat(result.revoked()).isEqualTo(2);
    assertThat(result.unplanned()).containsExactly(later.serial().hex());
    assertThat(items(plan)).containsExactly(item);
  }

  @Test
  void nothingIsRetiredByAPlanThatDoesNotRun() {
    var pump = enrolled("pump");
    var plan = kept(pump.owner());
    assertThat(retirements.retire(plan.id(), pump.owner(), clock.instant())).isEmpty();
    started(plan);
    moved(plan, new PlanAct.Pause(REQUESTER));
    assertThat(retirements.retire(plan.id(), pump.owner(), clock.instant())).isEmpty();
    moved(plan, new PlanAct.Resume(REQUESTER));
    moved(plan, new PlanAct.Cancel(REQUESTER));
    assertThat(retirements.retire(plan.id(), pump.owner(), clock.instant())).isEmpty();

    assertThat(record(pump).revocation()).isEmpty();
    assertThat(items(plan)).extracting(PlanItem::state).containsOnly(PlanItem.State.PENDING);
    assertThat(eventKinds()).endsWith("PlanMoved", "PlanMoved", "PlanMoved", "PlanMoved");
  }

  @Test
  void whoAskedForAPlanDoesNotApproveItAndThatIsWrittenDown() {
    var plan = large();
    assertThat(plan.state()).isEqualTo(State.WAITING);

    assertThat(act(plan, new PlanAct.Grant(plan.sha256(), REQUESTER)))
        .isInstanceOf(PlanOutcome.Refused.class);
    assertThat(act(plan, new PlanAct.Start(plan.sha256(), 20, REQUESTER)))
        .isInstanceOf(PlanOutcome.Refused.class);
    assertThat(act(plan, new PlanAct.Grant("0".repeat(64), OFFICER)))
        .isInstanceOf(PlanOutcome.Refused.class);
    assertThat(retirements.find(plan.id())).contains(plan);
    assertThat(eventKinds()).endsWith("PlanMade", "PlanRefused", "PlanRefused", "PlanRefused");

    moved(plan, new PlanAct.Grant(plan.sha256(), OFFICER));
    assertThat(act(plan, new PlanAct.Grant(plan.sha256(), OFFICER)))
        .isInstanceOf(PlanOutcome.Already.class);
    moved(plan, new PlanAct.Start(plan.sha256(), 5, REQUESTER));
    var running = retirements.find(plan.id()).orElseThrow();
    assertThat(running.decision().orElseThrow().by()).isEqualTo(OFFICER);
    assertThat(running.rate()).isEqualTo(5);
    assertThat(running.startedBy()).contains(REQUESTER);
    assertThat(eventKinds()).endsWith("PlanApproved", "PlanMoved");
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void aDeniedPlanKeepsItsReasonAndNeverRuns() {
    var plan = large();
    moved(plan, new PlanAct.Deny(plan.sha256(), "wrong lot", OFFICER));

    var denied = retirements.find(plan.id()).orElseThrow();
    assertThat(denied.state()).isEqualTo(State.DENIED);
    assertThat(denied.decision().orElseThrow().reason()).contains("wrong lot");
    assertThat(act(plan, new PlanAct.Start(plan.sha256(), 20, OFFICER)))
        .isInstanceOf(PlanOutcome.Refused.class);
    assertThat(act(plan, new PlanAct.Grant(plan.sha256(), OFFICER)))
        .isInstanceOf(PlanOutcome.Refused.class);
  }

  @Test
  void aDeviceThatCouldNotBeRetiredIsReportedAndTriedAgainOnlyWhenSomebodySaysSo() {
    var pump = enrolled("pump");
    var plan = started(kept(pump.owner()));

    assertThat(retirements.fail(plan.id(), pump.owner(), "away", clock.instant())).isTrue();
    assertThat(retirements.fail(plan.id(), pump.owner(), "away", clock.instant())).isFalse();
    assertThat(retirements.retire(plan.id(), pump.owner(), clock.instant())).isEmpty();
    moved(plan, new PlanAct.Finish("node:test"));
    assertThat(retirements.progress(plan.id())).containsEntry(PlanItem.State.FAILED, 1);
    assertThat(record(pump).revocation()).isEmpty();
    assertThat(eventKinds()).endsWith("RetirementFailed", "PlanMoved");

    moved(plan, new PlanAct.Resume(REQUESTER));
    assertThat(retirements.retire(plan.id(), pump.owner(), clock.instant())).isPresent();
    moved(plan, new PlanAct.Finish("node:test"));
    assertThat(act(plan, new PlanAct.Resume(REQUESTER))).isInstanceOf(PlanOutcome.Already.class);
    assertThat(retirements.countItems()).containsEntry(PlanItem.State.DONE, 1);
    assertThat(retirements.countPlans()).containsEntry(State.DONE, 1);
  }

  @Test
  void whatWasRetiredBeforeIsNeitherDoneTwiceNorAnError() {
    var pump = enrolled("pump");
    var first = started(kept(pump.owner()));
    var second = started(kept(pump.owner()));
    retirements.retire(first.id(), pump.owner(), clock.instant());

    var item = retirements.retire(second.id(), pump.owner(), clock.instant()).orElseThrow();

    assertThat(item.state()).isEqualTo(PlanItem.State.ALREADY);
    assertThat(eventKinds().stream().filter("Retired"::equals)).hasSize(1);
    assertThat(draft(pump.owner()).ended()).containsExactly(pump.owner());
  }

  @Test
  void aReceiptIsKeptOnlyOnceEverythingIsThereAndOnlyOnce() {
    var pump = enrolled("pump");
    var plan = started(kept(pump.owner()));
    assertThat(wipe(pump.owner())).isInstanceOf(WipeOutcome.Refused.class);
    retirements.retire(plan.id(), pump.owner(), clock.instant());
    var receipt = new StoredReceipt(pump.owner(), 1, clock.instant(), "a.b.c");

    assertThat(finish(receipt)).isInstanceOf(FinishOutcome.Refused.class);
    assertThat(retirements.unseen(Optional.empty(), 10)).hasSize(1);
    retirements.seen(pump.owner(), 1, List.of(seen(certificate(pump))), clock.instant());
    assertThat(retirements.unseen(Optional.empty(), 10)).isEmpty();
    assertThat(retirements.seen(pump.owner(), 1)).containsExactly(seen(certificate(pump)));
    assertThat(finish(receipt)).isInstanceOf(FinishOutcome.Refused.class);
    assertThat(retirements.unfinished(Optional.empty(), 10)).isEmpty();

    assertThat(wipe(pump.owner())).isInstanceOf(WipeOutcome.Recorded.class);
    assertThat(retirements.unfinished(Optional.empty(), 10)).hasSize(1);
    assertThat(retirements.unfinished(Optional.of("pump"), 10)).isEmpty();
    var older = new WipeRecord(WAIVED, REQUESTER, clock.instant().minusSeconds(1));
    assertThat(retirements.finish(receipt, older, "node:test", clock.instant()))
        .isEqualTo(new FinishOutcome.Refused(FinishOutcome.OTHER_WIPE));
    assertThat(finish(receipt)).isEqualTo(new FinishOutcome.Finished(receipt));

    var other = new StoredReceipt(pump.owner(), 1, clock.instant(), "d.e.f");
    assertThat(finish(other)).isEqualTo(new FinishOutcome.Already(receipt));
    assertThat(retirements.receipt(pump.owner(), 1)).contains(receipt);
    assertThat(retirements.receipts(Optional.empty(), Optional.empty(), 10))
        .containsExactly(receipt);
    assertThat(retirements.receipts(Optional.empty(), Optional.of(receipt), 10)).isEmpty();
    assertThat(retirements.unfinished(Optional.empty(), 10)).isEmpty();
    assertThat(wipe(pump.owner())).isInstanceOf(WipeOutcome.Refused.class);
    assertThat(eventKinds()).contains("RevocationSeen", "WipeRecorded");
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void theJobKeepsToTheRateOfAPlanAndToItsPauses() {
    var devices = new ArrayList<Owner>();
    for (int i = 0; i < 30; i++) {
      devices.add(registered("pump-" + (10 + i)).owner());
    }
    var plan = kept(devices.toArray(Owner[]::new));
    moved(plan, new PlanAct.Grant(plan.sha256(), OFFICER));
    moved(plan, new PlanAct.Start(plan.sha256(), 10, REQUESTER));
    var job = new PlanExecution(retirements, "test", clock);

    job.run(clock.instant());
    assertThat(done(plan)).isEqualTo(10);
    job.run(clock.instant());
    assertThat(done(plan)).isEqualTo(10);
    clock.advance(Duration.ofMillis(500));
    job.run(clock.instant());
    assertThat(done(plan)).isEqualTo(15);
    moved(plan, new PlanAct.Pause(REQUESTER));
    clock.advance(Duration.ofSeconds(1));
    job.run(clock.instant());
    assertThat(done(plan)).isEqualTo(15);
    moved(plan, new PlanAct.Resume(REQUESTER));
    for (int i = 0; i < 3; i++) {
      clock.advance(Duration.ofSeconds(1));
      job.run(clock.instant());
    }
    assertThat(done(plan)).isEqualTo(30);
    assertThat(retirements.find(plan.id()).orElseThrow().state()).isEqualTo(State.DONE);
    assertThat(rows().stream().map(AuditRow::kind).filter("Retired"::equals)).hasSize(30);
  }

  // Steps

  private FakeDevice enrolled(String name) {
    var device = registered(name);
    var certificate = issued(withSecret(device, "s-" + name, 2), device);
    assertThat(confirm(certificate, Supersede.ON_CONFIRM)).isTrue();
    return device;
  }

  private Certificate certificate(FakeDevice device) {
    return record(device).certificate().orElseThrow();
  }

  /// Its first certificate.
  private CertificateRecord record(FakeDevice device) {
    return certificates().list(CertificateQuery.ofOwner(device.owner())).stream()
        .min(Comparator.comparing(CertificateRecord::reservedAt))
        .orElseThrow();
  }

  private Draft draft(Owner... devices) {
    return draft(Optional.empty(), devices);
  }

  private Draft draft(Optional<WipeEvidence> wipe, Owner... devices) {
    return planning.draft(
        List.of(devices), RevocationReason.CESSATION_OF_OPERATION, "end of life", wipe, REQUESTER);
  }

  private RetirementPlan kept(Owner... devices) {
    return kept(Optional.empty(), devices);
  }

  private RetirementPlan kept(Optional<WipeEvidence> wipe, Owner... devices) {
    return planning.keep(draft(wipe, devices), REQUESTER);
  }

  /// One that needs an approval.
  private RetirementPlan large() {
    return kept(registered("one").owner(), registered("two").owner(), registered("three").owner());
  }

  private RetirementPlan started(RetirementPlan plan) {
    return moved(plan, new PlanAct.Start(plan.sha256(), 20, REQUESTER));
  }

  private PlanOutcome act(RetirementPlan plan, PlanAct act) {
    return retirements.act(plan.id(), act, clock.instant());
  }

  private RetirementPlan moved(RetirementPlan plan, PlanAct act) {
    var outcome = act(plan, act);
    assertThat(outcome).isInstanceOf(PlanOutcome.Moved.class);
    return retirements.find(plan.id()).orElseThrow();
  }

  private List<PlanItem> items(RetirementPlan plan) {
    return retirements.items(plan.id(), Optional.empty(), Optional.empty(), 100);
  }

  private int done(RetirementPlan plan) {
    return retirements.progress(plan.id()).getOrDefault(PlanItem.State.DONE, 0);
  }

  private WipeOutcome wipe(Owner device) {
    return retirements.wipe(device, WAIVED, clock.instant(), REQUESTER);
  }

  private FinishOutcome finish(StoredReceipt receipt) {
    var wipe =
        retirements
            .wipe(receipt.owner(), receipt.epoch())
            .orElseGet(() -> new WipeRecord(WAIVED, REQUESTER, clock.instant()));
    return retirements.finish(receipt, wipe, "node:test", clock.instant());
  }

  private SeenRevoked seen(Certificate certificate) {
    return new SeenRevoked(
        issuer,
        certificate.serial(),
        new SeenRevoked.InOcsp(
            URI.create("http://status.example/ocsp"), clock.instant(), Der.of(new byte[] {1})),
        new SeenRevoked.InCrl(
            URI.create("http://status.example/crl"),
            clock.instant(),
            BigInteger.TWO,
            "ab".repeat(32)));
  }
}
