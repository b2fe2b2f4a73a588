package dev.nameplate.ca.enrollment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.job.OrphanedReservations;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestHierarchy.Stores;
import dev.nameplate.ca.x509.RevocationReason;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What is true of the world after a failure at each stop; the table in `docs/issuance-cycle.md`.
class IssuanceCycleTest {

  private final RandomGenerator random = new SecureRandom();
  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(new Stores(store, store, store, store), clock, random);
  private final FakeDevice pump = FakeDevice.named("pump-0017");
  private final IssuanceRequest request;

  IssuanceCycleTest() {
    pki.register(pump);
    request = pki.request(pump, pki.secretFor(pump, 1));
  }

  @Test
  void theStopsAreReachedInTheirOrder() {
    var reached = new ArrayList<Stop>();
    enrollment(store, (stop, _) -> reached.add(stop)).enroll(request);

    assertThat(reached).containsExactly(Stop.values());
  }

  // A crash

  @ParameterizedTest
  @EnumSource(names = {"DECIDED", "FILLED", "LINTED"})
  void aCrashBeforeTheReservationLeavesNothingBehind(Stop stop) {
    crashAt(stop);

    assertThat(certificates()).isEmpty();
    assertThat(usesLeft()).isOne();
    assertThat(store.events()).noneMatch(this::isIssuingToThePump);
    assertThat(pki.enrollment().enroll(request)).isInstanceOf(EnrollmentResult.Issued.class);
  }

  @ParameterizedTest
  @EnumSource(names = {"RESERVED", "SIGNED", "VERIFIED"})
  void aCrashBehindTheReservationLeavesTheReservationAndNoCertificate(Stop stop) {
    crashAt(stop);

    assertThat(certificates())
        .singleElement()
        .extracting(CertificateRecord::status)
        .isInstanceOf(CertificateStatus.Reserved.class);
    assertThat(usesLeft()).isZero();
    assertThat(store.events()).anyMatch(this::isIssuingToThePump);
    assertThat(store.events()).noneMatch(this::isIssuedToThePump);
    assertThat(pki.enrollment().enroll(request)).isInstanceOf(EnrollmentResult.InProgress.class);

    clock.advance(Enrollment.PATIENCE);
    assertIssuedAnewWithoutAnotherUse();
  }

  @Test
  void aCrashBehindTheCommitLosesOnlyTheAnswer() {
    crashAt(Stop.COMPLETED);

    var committed = certificates().getFirst().certificate().orElseThrow();
    assertThat(pki.enrollment().enroll(request))
        .isEqualTo(new EnrollmentResult.Issued(committed, true));
    assertThat(usesLeft()).isZero();
  }

  @Test
  void aJobGivesUpTheReservationsThatNobodyCameBackFor() {
    crashAt(Stop.SIGNED);
    clock.advance(Duration.ofMinutes(11));
    new OrphanedReservations(store, Duration.ofMinutes(10)).run(clock.instant());

    assertThat(certificates())
        .singleElement()
        .extracting(CertificateRecord::status)
        .isInstanceOf(CertificateStatus.Revoked.class);
    assertIssuedAnewWithoutAnotherUse();
  }

  // The token

  @Test
  @Tag("E13")
  void whenTheTokenIsAwayTheReservationIsGivenUpAndCountsAsRevoked() {
    pki.issuingKey().unplug();
    assertThatThrownBy(() -> pki.enrollment().enroll(request)).isInstanceOf(SigningException.class);

    var given = certificates().getFirst();
    assertThat(given.state()).isEqualTo(CertificateState.ABANDONED);
    assertThat(given.status()).isInstanceOf(CertificateStatus.Revoked.class);
    assertThat(store.events().getLast()).isInstanceOf(AuditEvent.Abandoned.class);

    pki.issuingKey().plugBackIn();
    assertIssuedAnewWithoutAnotherUse();
  }

  @Test
  @Tag("E13")
  void aTokenThatLiesNeverGetsACertificateOut() {
    pki.issuingKey().lie();
    assertThatThrownBy(() -> pki.enrollment().enroll(request))
        .isInstanceOf(SigningException.class)
        .hasMessageContaining("wrong signature");

    assertThat(certificates())
        .singleElement()
        .extracting(CertificateRecord::state)
        .isEqualTo(CertificateState.ABANDONED);
    assertThat(store.events()).noneMatch(this::isIssuedToThePump);
    pki.issuingKey().tellTheTruth();
    assertIssuedAnewWithoutAnotherUse();
  }

  @Test
  void whenTokenAndStoreAreAwayBothAreReportedAndTheReservationStays() {
    pki.issuingKey().unplug();
    assertThatThrownBy(
            () -> enrollment(failing("abandon", false), StopListener.NONE).enroll(request))
        .isInstanceOf(SigningException.class)
        .satisfies(thrown ->
            assertThat(thrown.getSuppressed()).singleElement().isInstanceOf(StoreException.class));

    assertThat(certificates().getFirst().state()).isEqualTo(CertificateState.RESERVED);
    pki.issuingKey().plugBackIn();
    clock.advance(Enrollment.PATIENCE);
    assertIssuedAnewWithoutAnotherUse();
  }

  // The store

  @Test
  void whenTheStoreIsAwayBeforeTheReservationNothingIsSigned() {
    long before = pki.issuingKey().signatures();
    assertThatThrownBy(
            () -> enrollment(failing("reserve", false), StopListener.NONE).enroll(request))
        .isInstanceOf(StoreException.class);

    assertThat(pki.issuingKey().signatures()).isEqualTo(before);
    assertThat(certificates()).isEmpty();
    assertThat(usesLeft()).isOne();
    assertThat(pki.enrollment().enroll(request)).isInstanceOf(EnrollmentResult.Issued.class);
  }

  @Test
  void whenTheAnswerToTheReservationIsLostNothingIsSigned() {
    long before = pki.issuingKey().signatures();
    assertThatThrownBy(
            () -> enrollment(failing("reserve", true), StopListener.NONE).enroll(request))
        .isInstanceOf(StoreException.class);

    assertThat(pki.issuingKey().signatures()).isEqualTo(before);
    assertThat(certificates().getFirst().state()).isEqualTo(CertificateState.RESERVED);
    clock.advance(Enrollment.PATIENCE);
    assertIssuedAnewWithoutAnotherUse();
  }

  @Test
  @Tag("E13")
  void whenTheStoreIsAwayBeforeTheCommitNothingLeaves() {
    assertThatThrownBy(
            () -> enrollment(failing("complete", false), StopListener.NONE).enroll(request))
        .isInstanceOf(StoreException.class);

    assertThat(certificates().getFirst().state()).isEqualTo(CertificateState.RESERVED);
    assertThat(pki.enrollment().enroll(request)).isInstanceOf(EnrollmentResult.InProgress.class);
    clock.advance(Enrollment.PATIENCE);
    assertIssuedAnewWithoutAnotherUse();
  }

  @Test
  void whenTheAnswerToTheCommitIsLostAskingAgainGivesTheSameBytes() {
    assertThatThrownBy(
            () -> enrollment(failing("complete", true), StopListener.NONE).enroll(request))
        .isInstanceOf(StoreException.class);

    var committed = certificates().getFirst().certificate().orElseThrow();
    assertThat(pki.enrollment().enroll(request))
        .isEqualTo(new EnrollmentResult.Issued(committed, true));
  }

  // Somebody else acts in between

  @ParameterizedTest
  @EnumSource(names = {"DECIDED", "FILLED", "LINTED"})
  void aRetirementBeforeTheReservationIsSeenByIt(Stop stop) {
    long before = pki.issuingKey().signatures();
    assertThat(enrollment(store, at(stop, this::retire)).enroll(request))
        .isInstanceOfSatisfying(
            EnrollmentResult.Refused.class,
            refused -> assertThat(refused.refusal().reason()).isEqualTo(Reason.OWNER_RETIRED));

    assertThat(pki.issuingKey().signatures()).isEqualTo(before);
    assertThat(certificates()).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(names = {"RESERVED", "SIGNED", "VERIFIED"})
  void aRetirementBehindTheReservationWins(Stop stop) {
    assertThat(enrollment(store, at(stop, this::retire)).enroll(request))
        .isInstanceOfSatisfying(
            EnrollmentResult.Refused.class,
            refused -> assertThat(refused.refusal().reason()).isEqualTo(Reason.RESERVATION_VOIDED));

    assertThat(certificates())
        .singleElement()
        .satisfies(record -> {
          assertThat(record.status()).isInstanceOf(CertificateStatus.Revoked.class);
          assertThat(record.certificate()).isEmpty();
        });
    assertThat(store.events()).noneMatch(this::isIssuedToThePump);
  }

  @Test
  void aRevocationOfWhatIsReservedKeepsItsCertificateInside() {
    var result =
        enrollment(
                store,
                at(
                    Stop.SIGNED,
                    () ->
                        store.revoke(
                            pki.issuing().id(),
                            certificates().getFirst().serial(),
                            RevocationReason.UNSPECIFIED,
                            Optional.empty(),
                            clock.instant(),
                            "test")))
            .enroll(request);

    assertThat(result).isInstanceOf(EnrollmentResult.Refused.class);
    assertThat(certificates().getFirst().state()).isEqualTo(CertificateState.ABANDONED);
  }

  @Test
  void anotherKeyThatComesInBetweenTakesThePlace() {
    var secret = pki.secretFor(pump, 2);
    var slow = pki.request(pump, secret);
    pump.makeNewKey();
    var quick = pki.request(pump, secret);
    var answers = new ArrayList<EnrollmentResult>();
    var late =
        enrollment(store, at(Stop.SIGNED, () -> answers.add(pki.enrollment().enroll(quick))))
            .enroll(slow);

    assertThat(late).isInstanceOf(EnrollmentResult.Refused.class);
    assertThat(answers).singleElement().isInstanceOf(EnrollmentResult.Issued.class);
    // it was paid for
    assertThat(pki.enrollment().enroll(slow)).isInstanceOf(EnrollmentResult.Issued.class);
    assertThat(certificates()).filteredOn(r -> r.isLiveAt(clock.instant())).hasSize(1);
  }

  // Many at once

  @Test
  void thirtyTwoCallersWithTheSameRequestGetOneCertificate() throws Exception {
    var results = atOnce(Collections.nCopies(32, request));

    var issued =
        results.stream()
            .filter(EnrollmentResult.Issued.class::isInstance)
            .map(TestHierarchy::certificate)
            .distinct()
            .toList();
    assertThat(issued).hasSize(1);
    assertThat(results)
        .allMatch(result ->
            result instanceof EnrollmentResult.Issued
                || result instanceof EnrollmentResult.InProgress);
    assertThat(certificates()).hasSize(1);
    assertThat(pki.enrollment().enroll(request))
        .isEqualTo(new EnrollmentResult.Issued(issued.getFirst(), true));
  }

  @Test
  void aHundredKeysGetOneReservationForEachUseOfTheSecretAndOneCertificateStays() throws Exception {
    var secret = pki.secretFor(pump, 3);
    var requests = new ArrayList<IssuanceRequest>();
    for (int i = 0; i < 100; i++) {
      pump.makeNewKey();
      requests.add(pki.request(pump, secret));
    }
    var results = atOnce(requests);

    assertThat(certificates()).hasSize(3);
    assertThat(certificates()).filteredOn(r -> r.isLiveAt(clock.instant())).hasSize(1);
    assertThat(results)
        .filteredOn(result ->
            result instanceof EnrollmentResult.Refused(var refusal)
                && refusal.reason() == Reason.SECRET_SPENT)
        .hasSize(97);
  }

  private List<EnrollmentResult> atOnce(List<IssuanceRequest> requests)
      throws InterruptedException, ExecutionException {
    var start = new CountDownLatch(1);
    var results = new ArrayList<EnrollmentResult>();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var futures = new ArrayList<Future<EnrollmentResult>>();
      for (var each : requests) {
        futures.add(
            threads.submit(() -> {
              start.await();
              return pki.enrollment().enroll(each);
            }));
      }
      start.countDown();
      for (var future : futures) {
        results.add(future.get());
      }
    }
    return results;
  }

  private void assertIssuedAnewWithoutAnotherUse() {
    var first = certificates().getFirst();
    assertThat(pki.enrollment().enroll(request))
        .isInstanceOfSatisfying(
            EnrollmentResult.Issued.class,
            issued -> {
              assertThat(issued.again()).isFalse();
              assertThat(issued.certificate().serial()).isNotEqualTo(first.serial());
            });
    assertThat(store.status(first.issuer(), first.serial()))
        .isInstanceOf(CertificateStatus.Revoked.class);
    assertThat(usesLeft()).isZero();
  }

  /// Stands for the end of the process.
  private static final class PowerCut extends Error {
    private static final long serialVersionUID = 1L;
  }

  private void crashAt(Stop stop) {
    var enrollment =
        enrollment(
            store,
            at(
                stop,
                () -> {
                  throw new PowerCut();
                }));
    assertThatThrownBy(() -> enrollment.enroll(request)).isInstanceOf(PowerCut.class);
  }

  private static StopListener at(Stop where, Runnable what) {
    return (stop, _) -> {
      if (stop == where) {
        what.run();
      }
    };
  }

  private void retire() {
    store.retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");
  }

  private Enrollment enrollment(CertificateStore over, StopListener listener) {
    return new Enrollment(
        over,
        store,
        new IssuancePolicy(),
        new CertificateTemplate(TestHierarchy.URLS),
        _ -> pki.issuing(),
        clock,
        random,
        listener);
  }

  /// The store, but this method fails: before it did anything, or after it committed.
  private CertificateStore failing(String method, boolean afterwards) {
    return (CertificateStore)
        Proxy.newProxyInstance(
            CertificateStore.class.getClassLoader(),
            new Class<?>[] {CertificateStore.class},
            (_, called, arguments) -> {
              boolean fails = called.getName().equals(method);
              if (fails && !afterwards) {
                throw new StoreException("the store is away");
              }
              try {
                var result = called.invoke(store, arguments);
                if (fails) {
                  throw new StoreException("the connection was lost: the outcome is unknown");
                }
                return result;
              } catch (InvocationTargetException thrown) {
                throw thrown.getCause();
              }
            });
  }

  private List<CertificateRecord> certificates() {
    var newestLast = new ArrayList<>(store.list(CertificateQuery.ofOwner(pump.owner())));
    newestLast.sort(Comparator.comparing(CertificateRecord::reservedAt));
    return newestLast;
  }

  private int usesLeft() {
    return store.secrets(pump.owner()).getFirst().usesLeft();
  }

  private boolean isIssuingToThePump(AuditEvent event) {
    return event instanceof AuditEvent.Issuing issuing && issuing.owner().equals(pump.owner());
  }

  private boolean isIssuedToThePump(AuditEvent event) {
    return event instanceof AuditEvent.Issued issued && issued.owner().equals(pump.owner());
  }
}
