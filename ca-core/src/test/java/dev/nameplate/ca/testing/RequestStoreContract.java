package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.job.RequestExpiry;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.store.ApprovalWish;
import dev.nameplate.ca.store.DecideOutcome;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.PendingRequest.State;
import dev.nameplate.ca.store.RequestQuery;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What every store promises of requests that wait for an operator.
@Tag("E11")
public abstract class RequestStoreContract extends StoreContract {

  private static final Duration LIFE = Duration.ofDays(7);
  private static final int MANY = 100;

  private final Random ids = new Random(2);

  @Test
  void aRequestIsQueuedOnceHoweverOftenItIsAsked() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);

    var first = queued(secret, pump);
    clock.advance(Duration.ofMinutes(1));
    assertThat(ask(secret, pump)).isEqualTo(new ReserveOutcome.Queued(first));

    assertThat(requests().find(first.id())).contains(first);
    assertThat(requests().countPending()).isOne();
    assertThat(usesLeft(pump)).isOne();
    assertThat(certificates().countByState()).isEmpty();
    assertThat(eventKinds()).containsExactly("OwnerRegistered", "SecretIssued", "RequestQueued");
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void anApprovalIsGoodForOneReservationOfExactlyThatRequest() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 2);
    var waiting = queued(secret, pump);
    approve(waiting);

    assertThat(ask(secret, pump)).isEqualTo(new ReserveOutcome.Reserved());
    assertThat(state(waiting)).isEqualTo(State.USED);
    assertThat(usesLeft(pump)).isOne();

    // with another credential it is another certificate, and wants another approval
    var again = queued(withSecret(pump, "s2", 1), pump);
    assertThat(again.id()).isNotEqualTo(waiting.id());
    assertThat(eventKinds())
        .containsSubsequence("RequestQueued", "RequestApproved", "Issuing", "RequestQueued");
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void anApprovalIsCollectedWithAnySecretOfTheSameIdentity() {
    var pump = registered("pump");
    approve(queued(withSecret(pump, "s1", 1), pump));

    assertThat(ask(withSecret(pump, "s2", 1), pump)).isEqualTo(new ReserveOutcome.Reserved());
  }

  @Test
  void anApprovalIsNotForAnotherKey() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var approved = queued(secret, pump);
    approve(approved);
    pump.makeNewKey();

    var other = queued(secret, pump);

    assertThat(state(other)).isEqualTo(State.PENDING);
    assertThat(state(approved)).isEqualTo(State.REPLACED);
    assertThat(eventKinds()).endsWith("RequestApproved", "RequestVoided", "RequestQueued");
  }

  @Test
  void aReservationThatFailedAfterItsApprovalNeedsNoOther() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    approve(queued(secret, pump));
    var failed = reservationOf(secret, pump);
    assertThat(reserve(failed)).isEqualTo(new ReserveOutcome.Reserved());
    certificates().abandon(issuer, failed.tbs().serial(), clock.instant(), "signing failed");

    assertThat(ask(secret, pump)).isEqualTo(new ReserveOutcome.Reserved());
  }

  @Test
  void whatWasQueuedInTimeIsCollectedWithItsSecretAlsoWhenThatHasExpired() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var other = withSecret(pump, "s2", 1);
    var waiting = queued(secret, pump);
    clock.advance(Duration.ofDays(2));

    assertThat(ask(secret, pump)).isEqualTo(new ReserveOutcome.Queued(waiting));
    assertRefused(ask(other, pump), Reason.SECRET_EXPIRED);
    approve(waiting);
    assertRefused(ask(other, pump), Reason.SECRET_EXPIRED);
    assertThat(ask(secret, pump)).isEqualTo(new ReserveOutcome.Reserved());
    pump.makeNewKey();
    assertRefused(ask(secret, pump), Reason.SECRET_SPENT);
  }

  @Test
  void nothingIsQueuedThatWouldBeRefusedAnyway() {
    var pump = registered("pump");
    var late = withSecret(pump, "s1", 1);
    clock.advance(Duration.ofHours(1));
    assertRefused(ask(late, pump), Reason.SECRET_EXPIRED);
    var valve = registered("valve");
    issued(ourselves(valve), valve);
    var thief = FakeDevice.named("pump", valve.key());
    assertRefused(ask(withSecret(pump, "s2", 1), thief), Reason.KEY_BELONGS_TO_ANOTHER);

    assertThat(requests().countPending()).isZero();
  }

  @Test
  void aDenialIsToldWithItsReasonUntilItsTimeIsOver() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var waiting = queued(secret, pump);
    deny(waiting, "not on the list");

    assertThat(assertRefused(ask(secret, pump), Reason.REQUEST_DENIED))
        .isEqualTo("an operator denied approval " + waiting.id() + ": not on the list");
    assertThat(state(waiting)).isEqualTo(State.DENIED);
    assertThat(requests().countPending()).isZero();

    clock.advance(LIFE);
    assertThat(queued(withSecret(pump, "s2", 1), pump).id()).isNotEqualTo(waiting.id());
  }

  @Test
  void aDeniedDeviceMayAskForAnotherKey() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    deny(queued(secret, pump), "weak random numbers");
    pump.makeNewKey();

    assertThat(state(queued(secret, pump))).isEqualTo(State.PENDING);
  }

  @Test
  void aNewKeyTakesThePlaceOfTheOlderRequest() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var older = queued(secret, pump);
    pump.makeNewKey();
    var newer = queued(secret, pump);

    assertThat(requests().countPending()).isOne();
    assertThat(state(older)).isEqualTo(State.REPLACED);
    assertThat(requests().approve(older.id(), LIFE, clock.instant(), "test"))
        .isEqualTo(new DecideOutcome.TooLate(older.ended(State.REPLACED)));
    assertThat(state(newer)).isEqualTo(State.PENDING);
  }

  @Test
  void theQueueIsBoundedInAllAndForEachLabel() {
    var first = registered("one");
    var secret = withSecret(first, "s1", 1);
    queued(secret, first);
    var second = registered("two");
    var other = withSecret(second, "s2", 1);

    assertRefused(ask(other, second, 1, MANY), Reason.APPROVAL_QUEUE_FULL);
    assertRefused(ask(other, second, MANY, 1), Reason.APPROVAL_QUEUE_FULL);
    // whoever has a place keeps it for another key
    first.makeNewKey();
    assertThat(ask(secret, first, 1, 1)).isInstanceOf(ReserveOutcome.Queued.class);
    assertThat(ask(other, second, 2, 2)).isInstanceOf(ReserveOutcome.Queued.class);
    assertThat(requests().countPending()).isEqualTo(2);
  }

  @Test
  void whatNobodyDecidedInTimeExpires() {
    var pump = registered("pump");
    var waiting = queued(withSecret(pump, "s1", 1), pump);
    var job = new RequestExpiry(requests());

    assertThat(job.run(clock.instant())).isEqualTo("0 requests expired");
    clock.advance(LIFE);
    assertThat(requests().approve(waiting.id(), LIFE, clock.instant(), "test"))
        .isInstanceOf(DecideOutcome.TooLate.class);
    assertThat(job.run(clock.instant())).isEqualTo("1 requests expired");
    assertThat(job.run(clock.instant())).isEqualTo("0 requests expired");

    assertThat(state(waiting)).isEqualTo(State.EXPIRED);
    assertThat(requests().countPending()).isZero();
    assertThat(eventKinds()).endsWith("RequestQueued", "RequestExpired");
  }

  @Test
  void anApprovalThatNobodyCollectedInTimeExpires() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var waiting = queued(secret, pump);
    clock.advance(LIFE.minusSeconds(1));
    approve(waiting);
    clock.advance(LIFE);

    assertRefused(ask(secret, pump), Reason.SECRET_EXPIRED);
    var again = queued(withSecret(pump, "s2", 1), pump);

    assertThat(again.id()).isNotEqualTo(waiting.id());
    assertThat(state(waiting)).isEqualTo(State.EXPIRED);
    assertThat(eventKinds()).endsWith("RequestExpired", "RequestQueued");
  }

  @Test
  void aRetirementVoidsWhatWaits() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var waiting = queued(secret, pump);
    var other = registered("other");
    var otherWaiting = queued(withSecret(other, "s2", 1), other);

    retire(pump);

    assertThat(state(waiting)).isEqualTo(State.VOIDED);
    assertThat(state(otherWaiting)).isEqualTo(State.PENDING);
    assertThat(requests().approve(waiting.id(), LIFE, clock.instant(), "test"))
        .isInstanceOf(DecideOutcome.TooLate.class);
    assertRefused(ask(secret, pump), Reason.OWNER_RETIRED);
    assertThat(eventKinds()).endsWith("Retired", "RequestVoided");
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @Test
  void decidingTwiceIsDeciding() {
    var pump = registered("pump");
    var waiting = queued(withSecret(pump, "s1", 1), pump);
    var now = clock.instant();
    var unknown = new PendingRequest.Id("zzzzzzzz");

    approve(waiting);
    var approved = requests().find(waiting.id()).orElseThrow();
    assertThat(approved.decision())
        .contains(new PendingRequest.Decision(now, "admin:alice", Optional.empty()));
    assertThat(requests().approve(waiting.id(), LIFE, now, "admin:bob"))
        .isEqualTo(new DecideOutcome.Already(approved));
    deny(waiting, "a mistake");
    var denied = requests().find(waiting.id()).orElseThrow();
    assertThat(requests().deny(waiting.id(), "again", LIFE, now, "admin:bob"))
        .isEqualTo(new DecideOutcome.Already(denied));
    assertThat(requests().approve(waiting.id(), LIFE, now, "admin:bob"))
        .isEqualTo(new DecideOutcome.TooLate(denied));
    assertThat(requests().approve(unknown, LIFE, now, "test"))
        .isEqualTo(new DecideOutcome.NotFound());
    assertThat(requests().deny(unknown, "no", LIFE, now, "test"))
        .isEqualTo(new DecideOutcome.NotFound());
    assertThat(eventKinds()).endsWith("RequestQueued", "RequestApproved", "RequestDenied");
  }

  @Test
  void whatWasCollectedCannotBeDeniedAnyMore() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var waiting = queued(secret, pump);
    approve(waiting);
    ask(secret, pump);

    assertThat(requests().deny(waiting.id(), "too late", LIFE, clock.instant(), "test"))
        .isInstanceOf(DecideOutcome.TooLate.class);
    assertThat(state(waiting)).isEqualTo(State.USED);
  }

  @RepeatedTest(5)
  void whicheverOfApprovalAndDenialComesFirstTheDenialHolds() throws Exception {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var waiting = queued(secret, pump);
    var now = clock.instant();

    atOnce(
        () -> requests().approve(waiting.id(), LIFE, now, "admin:alice"),
        () -> requests().deny(waiting.id(), "no", LIFE, now, "admin:bob"));

    assertThat(state(waiting)).isEqualTo(State.DENIED);
    assertRefused(ask(secret, pump), Reason.REQUEST_DENIED);
    assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
  }

  @RepeatedTest(5)
  void whicheverOfApprovalAndRetirementComesFirstNothingIsIssued() throws Exception {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 1);
    var waiting = queued(secret, pump);
    var now = clock.instant();

    atOnce(() -> requests().approve(waiting.id(), LIFE, now, "admin:alice"), () -> retire(pump));

    assertThat(state(waiting)).isEqualTo(State.VOIDED);
    assertRefused(ask(secret, pump), Reason.OWNER_RETIRED);
  }

  @RepeatedTest(5)
  void anApprovalIsUsedOnceHoweverManyAskAtOnce() throws Exception {
    var pump = registered("pump");
    var one = withSecret(pump, "s1", 1);
    var two = withSecret(pump, "s2", 1);
    approve(queued(one, pump));

    var outcomes = atOnce(() -> ask(one, pump), () -> ask(two, pump));

    assertThat(outcomes).filteredOn(ReserveOutcome.Reserved.class::isInstance).hasSize(1);
    assertThat(outcomes).filteredOn(ReserveOutcome.Queued.class::isInstance).hasSize(1);
  }

  @Test
  void requestsAreListedOldestFirstPageByPageAndByWhatIsAskedFor() {
    var expected = new ArrayList<PendingRequest>();
    for (int i = 0; i < 5; i++) {
      var device = registered("pump-" + i);
      expected.add(queued(withSecret(device, "s" + i, 1), device));
      if (i % 2 == 0) {
        clock.advance(Duration.ofMinutes(1));
      }
    }
    var listed = new ArrayList<PendingRequest>();
    Optional<PendingRequest.Id> after = Optional.empty();
    List<PendingRequest> page;
    do {
      page =
          requests()
              .list(
                  new RequestQuery(
                      Optional.of(State.PENDING),
                      Optional.of("device"),
                      Optional.empty(),
                      after,
                      2));
      listed.addAll(page);
      after = page.isEmpty() ? after : Optional.of(page.getLast().id());
    } while (!page.isEmpty());

    assertThat(listed).containsExactlyInAnyOrderElementsOf(expected);
    assertThat(listed).extracting(PendingRequest::requestedAt).isSorted();
    approve(expected.getFirst());
    assertThat(list(State.APPROVED, "device")).extracting(PendingRequest::id).hasSize(1);
    assertThat(list(State.PENDING, "device")).hasSize(4);
    assertThat(list(State.PENDING, "other")).isEmpty();
    assertThat(requests().list(RequestQuery.ofOwner(expected.get(1).owner())))
        .containsExactly(expected.get(1));
    assertThat(
            requests()
                .list(
                    new RequestQuery(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.of(new PendingRequest.Id("zzzzzzzz")),
                        10)))
        .isEmpty();
  }

  private List<PendingRequest> list(State state, String label) {
    return requests()
        .list(
            new RequestQuery(
                Optional.of(state), Optional.of(label), Optional.empty(), Optional.empty(), 10));
  }

  private Reservation reservationOf(Requester requester, FakeDevice device) {
    return reservationOf(requester, device, MANY, MANY);
  }

  private Reservation reservationOf(
      Requester requester, FakeDevice device, int mostInAll, int mostOfLabel) {
    var plain = reservation(requester, device);
    var request = new IssuanceRequest(requester, device.csr(), TestProfiles.DEVICE, Purpose.ENROLL);
    var waiting =
        new PendingRequest(
            PendingRequest.Id.random(ids),
            requester.owner(),
            requester.epoch(),
            plain.label(),
            request.approvalKey(),
            device.csr().publicKey().fingerprint(),
            device.csr().der(),
            device.csr().subject().toString(),
            requester.credential(),
            new Origin("3fa2", "192.0.2.7"),
            clock.instant(),
            clock.instant().plus(LIFE),
            State.PENDING,
            Optional.empty());
    return new Reservation(
        requester,
        plain.label(),
        plain.profileVersion(),
        plain.issuer(),
        plain.scope(),
        plain.tbs(),
        plain.sameness(),
        true,
        true,
        clock.instant(),
        PATIENCE,
        plain.rotation(),
        Optional.of(new ApprovalWish(waiting, mostInAll, mostOfLabel)));
  }

  private ReserveOutcome ask(Requester requester, FakeDevice device) {
    return reserve(reservationOf(requester, device));
  }

  private ReserveOutcome ask(
      Requester requester, FakeDevice device, int mostInAll, int mostOfLabel) {
    return reserve(reservationOf(requester, device, mostInAll, mostOfLabel));
  }

  private PendingRequest queued(Requester requester, FakeDevice device) {
    var outcome = ask(requester, device);
    assertThat(outcome).isInstanceOf(ReserveOutcome.Queued.class);
    return ((ReserveOutcome.Queued) outcome).request();
  }

  private void approve(PendingRequest request) {
    assertThat(requests().approve(request.id(), LIFE, clock.instant(), "admin:alice"))
        .isInstanceOf(DecideOutcome.Decided.class);
  }

  private void deny(PendingRequest request, String reason) {
    assertThat(requests().deny(request.id(), reason, LIFE, clock.instant(), "admin:alice"))
        .isInstanceOf(DecideOutcome.Decided.class);
  }

  private Object retire(FakeDevice device) {
    return owners()
        .retire(device.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");
  }

  private State state(PendingRequest request) {
    return requests().find(request.id()).orElseThrow().state();
  }

  private int usesLeft(FakeDevice device) {
    assertThat(owners().find(device.owner())).map(OwnerRecord::epoch).contains(1);
    return owners().secrets(device.owner()).stream().mapToInt(SecretRecord::usesLeft).sum();
  }

  private static String assertRefused(ReserveOutcome outcome, Reason reason) {
    assertThat(outcome).isInstanceOf(ReserveOutcome.Refused.class);
    Refusal refusal = ((ReserveOutcome.Refused) outcome).refusal();
    assertThat(refusal.reason()).isEqualTo(reason);
    return refusal.detail();
  }

  private static List<Object> atOnce(Callable<Object> one, Callable<Object> other)
      throws Exception {
    var outcomes = new ArrayList<Object>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      for (var outcome : threads.invokeAll(List.of(one, other))) {
        outcomes.add(outcome.get());
      }
    }
    return outcomes;
  }
}
