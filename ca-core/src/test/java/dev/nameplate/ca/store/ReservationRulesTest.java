package dev.nameplate.ca.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.RotationPolicy;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.ReservationRules.Ruling;
import dev.nameplate.ca.store.Situation.Claim;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import dev.nameplate.ca.x509.TbsCertificate;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The rules of transaction 1, one row for each thing that can be otherwise.
class ReservationRulesTest {

  private static final Instant NOW = FakeClock.START;
  private static final FakeDevice PUMP = FakeDevice.named("pump-0017");
  private static final Owner OTHER = FakeDevice.named("valve-3").owner();
  private static final TestAuthority AUTHORITY =
      TestAuthority.root("Acme Root CA", KeyType.EC_P256, NOW.minus(Duration.ofDays(1)));
  private static final Certificate CERTIFICATE =
      AUTHORITY.issue(
          TestAuthority.Use.DEVICE,
          "pump-0017",
          PUMP.key().publicKey(),
          new SerialNumber(BigInteger.TEN),
          NOW.minusSeconds(60),
          NOW.plus(Duration.ofDays(90)));
  private static final Requester BY_SECRET = new Requester.BySecret(PUMP.owner(), 1, "s1");

  private static final RotationPolicy ANY_KEY =
      new RotationPolicy(0.6, true, true, Supersede.ON_CONFIRM);

  private static final Situation GOOD =
      situation(
          Optional.of(owner(1, OwnerState.REGISTERED, "device")),
          Optional.of(new Claim(PUMP.owner(), 1, false)),
          Optional.empty(),
          Optional.of(secret(PUMP.owner(), 1, NOW.plusSeconds(1), false)),
          Optional.empty(),
          Optional.empty());

  @Test
  void aGoodRequestIsReservedAndSpendsOneUse() {
    assertThat(ReservationRules.rule(reservation(BY_SECRET), GOOD))
        .isEqualTo(new Ruling.Reserve(Optional.empty(), true));
  }

  @Test
  void nothingIsReservedThatCannotBeSignedNow() {
    assertThat(ReservationRules.rule(reservation(BY_SECRET, NOW, false), GOOD))
        .isEqualTo(new Ruling.Answer(new ReserveOutcome.NotSignable()));
  }

  static Stream<Arguments> refusals() {
    return Stream.of(
        row("nobody", s -> withOwner(s, Optional.empty()), Reason.UNKNOWN_OWNER),
        row(
            "retired",
            s -> withOwner(s, Optional.of(owner(1, OwnerState.RETIRED, "device"))),
            Reason.OWNER_RETIRED),
        row(
            "the next epoch",
            s -> withOwner(s, Optional.of(owner(2, OwnerState.REGISTERED, "device"))),
            Reason.CREDENTIAL_NOT_ACCEPTED),
        row(
            "another label",
            s -> withOwner(s, Optional.of(owner(1, OwnerState.REGISTERED, "admin"))),
            Reason.PROFILE_NOT_ALLOWED),
        row("no claim on the name", s -> withName(s, Optional.empty()), Reason.UNKNOWN_OWNER),
        row(
            "somebody else's name",
            s -> withName(s, Optional.of(new Claim(OTHER, 1, false))),
            Reason.UNKNOWN_OWNER),
        row(
            "a retired name",
            s -> withName(s, Optional.of(new Claim(PUMP.owner(), 1, true))),
            Reason.NAME_RETIRED),
        row("a retired key", s -> withKey(s, new Claim(PUMP.owner(), 1, true)), Reason.KEY_RETIRED),
        row(
            "a key that somebody else retired",
            s -> withKey(s, new Claim(OTHER, 1, true)),
            Reason.KEY_RETIRED),
        row(
            "somebody else's key",
            s -> withKey(s, new Claim(OTHER, 1, false)),
            Reason.KEY_BELONGS_TO_ANOTHER),
        row(
            "a key of an earlier epoch",
            s -> withKey(s, new Claim(PUMP.owner(), 0, false)),
            Reason.KEY_RETIRED),
        row("no such secret", s -> withSecret(s, Optional.empty()), Reason.CREDENTIAL_NOT_ACCEPTED),
        row(
            "somebody else's secret",
            s -> withSecret(s, Optional.of(secret(OTHER, 1, NOW.plusSeconds(1), false))),
            Reason.CREDENTIAL_NOT_ACCEPTED),
        row(
            "a burned secret",
            s -> withSecret(s, Optional.of(secret(PUMP.owner(), 1, NOW.plusSeconds(1), true))),
            Reason.CREDENTIAL_NOT_ACCEPTED),
        row(
            "a spent secret",
            s -> withSecret(s, Optional.of(secret(PUMP.owner(), 0, NOW.plusSeconds(1), false))),
            Reason.SECRET_SPENT),
        row(
            "a secret that expires now",
            s -> withSecret(s, Optional.of(secret(PUMP.owner(), 1, NOW, false))),
            Reason.SECRET_EXPIRED));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("refusals")
  void aRequestIsRefusedFor(String what, Situation situation, Reason reason) {
    assertThat(ReservationRules.rule(reservation(BY_SECRET), situation))
        .as(what)
        .isInstanceOfSatisfying(
            Ruling.Answer.class,
            answer ->
                assertThat(answer.outcome())
                    .isInstanceOfSatisfying(
                        ReserveOutcome.Refused.class,
                        refused -> assertThat(refused.refusal().reason()).isEqualTo(reason)));
  }

  @Test
  void itsOwnKeyMayComeAgain() {
    assertThat(
            ReservationRules.rule(
                reservation(BY_SECRET), withKey(GOOD, new Claim(PUMP.owner(), 1, false))))
        .isInstanceOf(Ruling.Reserve.class);
  }

  @Test
  void whatIsStillAtWorkIsWaitedForAndThenGivenUp() {
    var pending = CertificateRecord.reserved(reservation(BY_SECRET));
    var situation = withPending(GOOD, pending);
    var last = NOW.plus(Enrollment.PATIENCE);

    assertThat(ReservationRules.rule(reservation(BY_SECRET), situation))
        .isEqualTo(new Ruling.Answer(new ReserveOutcome.InProgress()));
    // the secret's own life is longer than this
    var patient =
        withSecret(situation, Optional.of(secret(PUMP.owner(), 0, last.plusSeconds(1), false)));
    assertThat(ReservationRules.rule(reservation(BY_SECRET, last.minusMillis(1)), patient))
        .isEqualTo(new Ruling.Answer(new ReserveOutcome.InProgress()));
    assertThat(ReservationRules.rule(reservation(BY_SECRET, last), patient))
        .isEqualTo(new Ruling.Reserve(Optional.of(pending), false));
  }

  @Test
  void whatWasAnsweredIsAnsweredAgainUnlessItWasRevoked() {
    var issued = issued();
    assertThat(ReservationRules.rule(reservation(BY_SECRET), withPending(GOOD, issued)))
        .isEqualTo(
            new Ruling.Answer(new ReserveOutcome.Answered(issued.certificate().orElseThrow())));

    var revoked =
        issued.revoked(
            new RevocationRecord(NOW, RevocationReason.KEY_COMPROMISE, Optional.empty()));
    assertThat(ReservationRules.rule(reservation(BY_SECRET), withPending(GOOD, revoked)))
        .isInstanceOf(Ruling.Reserve.class);
  }

  @Test
  void aPresentedCertificateMustBeLiveOursAndTheOwners() {
    var record = issued();
    var by = new Requester.ByCertificate(PUMP.owner(), 1, record.certificate().orElseThrow());
    var revoked =
        record.revoked(new RevocationRecord(NOW, RevocationReason.SUPERSEDED, Optional.empty()));

    assertThat(ReservationRules.rule(reservation(by), withPresented(GOOD, Optional.of(record))))
        .isEqualTo(new Ruling.Reserve(Optional.empty(), false));
    for (var bad : Stream.of(Optional.<CertificateRecord>empty(), Optional.of(revoked)).toList()) {
      assertThat(ReservationRules.rule(reservation(by), withPresented(GOOD, bad)))
          .isInstanceOf(Ruling.Answer.class);
    }
    assertThat(
            ReservationRules.rule(
                reservation(by, record.notAfter().plusSeconds(1)),
                withPresented(GOOD, Optional.of(record))))
        .isInstanceOf(Ruling.Answer.class);
  }

  @Test
  void aPresentedCertificateThatWasSupersededIsToldSo() {
    var record = issued().confirmed(NOW).superseded(Optional.of(NOW.plusSeconds(1)));
    var by = new Requester.ByCertificate(PUMP.owner(), 1, record.certificate().orElseThrow());

    assertThat(ReservationRules.rule(reservation(by), withPresented(GOOD, Optional.of(record))))
        .isEqualTo(
            new Ruling.Answer(
                new ReserveOutcome.Refused(
                    new Refusal(
                        Reason.CREDENTIAL_NOT_ACCEPTED,
                        "the presented certificate was superseded by a newer one, which is the one"
                            + " to renew"))));
  }

  private static Arguments row(String what, UnaryOperator<Situation> change, Reason reason) {
    return Arguments.of(what, change.apply(GOOD), reason);
  }

  private static Reservation reservation(Requester requester) {
    return reservation(requester, NOW);
  }

  private static Reservation reservation(Requester requester, Instant now) {
    return reservation(requester, now, true);
  }

  private static Reservation reservation(Requester requester, Instant now, boolean signable) {
    return reservation(requester, now, signable, ANY_KEY);
  }

  private static Reservation reservation(
      Requester requester, Instant now, boolean signable, RotationPolicy rotation) {
    return new Reservation(
        requester,
        "device",
        "ab".repeat(32),
        AUTHORITY.id(),
        CrlScope.END_ENTITIES,
        new TbsCertificate(
            CERTIFICATE.tbs(),
            CERTIFICATE.serial(),
            CERTIFICATE.issuer(),
            CERTIFICATE.subject(),
            CERTIFICATE.publicKey(),
            CERTIFICATE.notBefore(),
            CERTIFICATE.notAfter(),
            SignatureAlgorithm.ECDSA_WITH_SHA256),
        "cd".repeat(32),
        true,
        signable,
        now,
        Enrollment.PATIENCE,
        rotation);
  }

  private static CertificateRecord issued() {
    return CertificateRecord.reserved(reservation(BY_SECRET)).issued(CERTIFICATE);
  }

  private static OwnerRecord owner(int epoch, OwnerState state, String label) {
    return new OwnerRecord(
        PUMP.owner(), epoch, state, label, DeviceAttributes.NONE, NOW, Optional.empty());
  }

  private static SecretRecord secret(Owner owner, int uses, Instant expires, boolean burned) {
    return new SecretRecord("s1", owner, 1, Der.of(new byte[32]), uses, expires, burned);
  }

  private static Situation withOwner(Situation s, Optional<OwnerRecord> owner) {
    return situation(owner, s.name(), s.key(), s.secret(), s.presented(), s.pending());
  }

  private static Situation withName(Situation s, Optional<Claim> name) {
    return situation(s.owner(), name, s.key(), s.secret(), s.presented(), s.pending());
  }

  private static Situation withKey(Situation s, Claim key) {
    return situation(s.owner(), s.name(), Optional.of(key), s.secret(), s.presented(), s.pending());
  }

  private static Situation withSecret(Situation s, Optional<SecretRecord> secret) {
    return situation(s.owner(), s.name(), s.key(), secret, s.presented(), s.pending());
  }

  private static Situation withPresented(Situation s, Optional<CertificateRecord> presented) {
    return situation(s.owner(), s.name(), s.key(), s.secret(), presented, s.pending());
  }

  private static Situation withPending(Situation s, CertificateRecord pending) {
    return situation(s.owner(), s.name(), s.key(), s.secret(), s.presented(), Optional.of(pending));
  }

  /// Nothing was asked for before but what is pending, no approval is needed, and nobody vouches.
  private static Situation situation(
      Optional<OwnerRecord> owner,
      Optional<Claim> name,
      Optional<Claim> key,
      Optional<SecretRecord> secret,
      Optional<CertificateRecord> presented,
      Optional<CertificateRecord> pending) {
    return new Situation(
        owner,
        name,
        key,
        secret,
        presented,
        pending,
        pending,
        Optional.empty(),
        0,
        Situation.Queue.NOT_ASKED,
        Situation.Vouching.NOBODY);
  }
}
