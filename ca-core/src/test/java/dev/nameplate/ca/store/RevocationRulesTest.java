package dev.nameplate.ca.store;

import static dev.nameplate.ca.x509.RevocationReason.AA_COMPROMISE;
import static dev.nameplate.ca.x509.RevocationReason.CA_COMPROMISE;
import static dev.nameplate.ca.x509.RevocationReason.CERTIFICATE_HOLD;
import static dev.nameplate.ca.x509.RevocationReason.KEY_COMPROMISE;
import static dev.nameplate.ca.x509.RevocationReason.SUPERSEDED;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.RevocationRules.Ruling;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("C02")
class RevocationRulesTest {

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final Instant BEFORE = NOW.minus(Duration.ofDays(2));
  private static final CertificateRecord GOOD = good();

  @ParameterizedTest
  @EnumSource
  void whatIsGoodMayBeRevokedForEveryReason(RevocationReason reason) {
    assertThat(RevocationRules.revoke(GOOD, reason, Optional.empty(), NOW))
        .isEqualTo(new Ruling.Revoke(new RevocationRecord(NOW, reason, Optional.empty())));
  }

  @Test
  void whatIsShownProvesARevocationUnlessItCanBeUndone() {
    assertThat(RevocationRules.proves(SUPERSEDED, SUPERSEDED)).isTrue();
    assertThat(RevocationRules.proves(SUPERSEDED, KEY_COMPROMISE)).isTrue();
    assertThat(RevocationRules.proves(CERTIFICATE_HOLD, SUPERSEDED)).isFalse();
    assertThat(RevocationRules.proves(CERTIFICATE_HOLD, CERTIFICATE_HOLD)).isFalse();
    assertThat(RevocationRules.proves(KEY_COMPROMISE, SUPERSEDED)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("pairs")
  void fromEachReasonTheLegalOnesAndNoOthersFollow(RevocationReason from, RevocationReason to) {
    var record = revoked(from);
    boolean compromised = EnumSet.of(CA_COMPROMISE, AA_COMPROMISE).contains(from);
    boolean legal = from == CERTIFICATE_HOLD || (to == KEY_COMPROMISE && !compromised);

    var ruling = RevocationRules.revoke(record, to, Optional.empty(), NOW);

    if (legal) {
      assertThat(ruling).isInstanceOf(Ruling.Revoke.class);
    } else {
      assertThat(ruling)
          .isInstanceOfSatisfying(
              Ruling.Answer.class,
              answer ->
                  assertThat(answer.outcome())
                      .isInstanceOfSatisfying(
                          RevokeOutcome.Refused.class,
                          refused ->
                              assertThat(refused.detail()).contains(from.rfcName(), to.rfcName())));
    }
  }

  static Stream<Arguments> pairs() {
    return Arrays.stream(RevocationReason.values())
        .flatMap(from ->
            Arrays.stream(RevocationReason.values())
                .filter(to -> to != from)
                .map(to -> Arguments.of(from, to)));
  }

  @ParameterizedTest
  @EnumSource
  void theSameReasonAgainIsNothingNew(RevocationReason reason) {
    var record = revoked(reason);

    assertThat(RevocationRules.revoke(record, reason, Optional.empty(), NOW))
        .isEqualTo(new Ruling.Answer(new RevokeOutcome.AlreadyRevoked(record)));
  }

  @Test
  void anInvalidityDateIsNeitherChangedNorDroppedInSilence() {
    var since = Optional.of(BEFORE.minusSeconds(100));
    var record = GOOD.revoked(new RevocationRecord(BEFORE, KEY_COMPROMISE, since));

    assertThat(RevocationRules.revoke(record, KEY_COMPROMISE, since, NOW))
        .isEqualTo(new Ruling.Answer(new RevokeOutcome.AlreadyRevoked(record)));
    assertThat(RevocationRules.revoke(record, KEY_COMPROMISE, Optional.of(BEFORE), NOW))
        .isInstanceOfSatisfying(
            Ruling.Answer.class,
            answer -> assertThat(answer.outcome()).isInstanceOf(RevokeOutcome.Refused.class));
  }

  @Test
  void theFirstTimeAndWhatWasKnownOfItsInvalidityStay() {
    var since = Optional.of(BEFORE.minusSeconds(100));
    var held = GOOD.revoked(new RevocationRecord(BEFORE, CERTIFICATE_HOLD, since));

    assertThat(held.revoked(new RevocationRecord(NOW, SUPERSEDED, Optional.empty())).revocation())
        .contains(new RevocationRecord(BEFORE, SUPERSEDED, since));
    assertThat(
            held.revoked(new RevocationRecord(NOW, KEY_COMPROMISE, Optional.of(BEFORE)))
                .revocation())
        .contains(new RevocationRecord(BEFORE, KEY_COMPROMISE, Optional.of(BEFORE)));
  }

  @Test
  void aHoldLeavesItInItsPlaceAndAnEndTakesItOut() {
    var held = revoked(CERTIFICATE_HOLD);

    assertThat(held.slot()).contains(Slot.CONFIRMED);
    assertThat(held.isHeld()).isTrue();
    assertThat(held.isEnded()).isFalse();
    assertThat(held.released()).isEqualTo(GOOD);
    assertThat(revoked(SUPERSEDED).slot()).isEmpty();
    assertThat(revoked(SUPERSEDED).isEnded()).isTrue();
    assertThatThrownBy(() -> revoked(SUPERSEDED).released())
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void noReasonIsCalledRemoveFromCrlOrHasTheCodeSeven() {
    assertThatThrownBy(() -> RevocationReason.of("removeFromCRL"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("certificateHold");
    assertThatThrownBy(() -> RevocationReason.of(7)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> RevocationReason.of(8)).isInstanceOf(IllegalArgumentException.class);
  }

  private static CertificateRecord revoked(RevocationReason reason) {
    return GOOD.revoked(new RevocationRecord(BEFORE, reason, Optional.empty()));
  }

  private static CertificateRecord good() {
    var pump = FakeDevice.named("pump");
    var authority = TestAuthority.root("Acme Root CA", KeyType.EC_P256, BEFORE);
    var certificate =
        authority.issue(
            TestAuthority.Use.DEVICE,
            "pump",
            pump.key().publicKey(),
            new SerialNumber(BigInteger.TEN),
            BEFORE,
            NOW.plus(Duration.ofDays(90)));
    return new CertificateRecord(
        authority.id(),
        certificate.serial(),
        pump.owner(),
        1,
        "device",
        "ab".repeat(32),
        certificate.publicKey().fingerprint(),
        "cd".repeat(32),
        "secret:s1",
        certificate.tbs(),
        Optional.of(certificate),
        CertificateState.ISSUED,
        Optional.of(Slot.CONFIRMED),
        Optional.empty(),
        CrlScope.END_ENTITIES,
        certificate.notBefore(),
        certificate.notAfter(),
        BEFORE,
        Optional.of(BEFORE),
        Optional.empty(),
        Optional.empty());
  }
}
