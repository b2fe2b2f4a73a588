package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.est.RenewalInfo.Answer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("X2")
class RenewalInfoTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy hierarchy =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));
  private final RenewalInfo renewals = new RenewalInfo(store, this::authority, TestProfiles::named);

  @Test
  void theWindowLiesBehindTheStartOfThePolicyAndLeavesTimeToTryAgain() {
    var certificate = hierarchy.enrolled(FakeDevice.named("pump-1"));
    var life = Duration.between(certificate.notBefore(), certificate.notAfter());

    var window = window(certificate);

    assertThat(window.start())
        .isAfterOrEqualTo(certificate.notBefore().plus(life.multipliedBy(6).dividedBy(10)));
    assertThat(window.end())
        .isAfter(window.start())
        .isBeforeOrEqualTo(certificate.notAfter().minus(life.dividedBy(5)).plusSeconds(1));
    assertThat(window.retryAfter()).isEqualTo(Duration.ofHours(6));
  }

  @Test
  void theWindowStaysWhereItIs() {
    var certificate = hierarchy.enrolled(FakeDevice.named("pump-1"));
    var before = window(certificate);

    clock.advance(Duration.ofDays(30));

    assertThat(window(certificate)).isEqualTo(before);
  }

  @Test
  void aFleetThatWasEnrolledAtOnceIsSpreadEvenly() {
    var starts = new ArrayList<Long>();
    Certificate last = hierarchy.enrolled(FakeDevice.named("pump"));
    for (int i = 0; i < 64; i++) {
      last = hierarchy.enrolled(FakeDevice.named("pump-" + i));
      starts.add(window(last).start().getEpochSecond());
    }
    var life = Duration.between(last.notBefore(), last.notAfter()).toSeconds();
    var from = last.notBefore().getEpochSecond() + life * 6 / 10;
    var span = life * 4 / 10 / 2 * 7 / 8;

    var quarters = new int[4];
    starts.forEach(start -> quarters[Math.clamp((start - from) * 4 / span, 0, 3)]++);

    // 16 each are expected; less than 5 in one of them once in 10,000 times, and the seed is fixed
    assertThat(Arrays.stream(quarters).min().orElseThrow()).isGreaterThanOrEqualTo(5);
  }

  @Test
  void aRevokedCertificateIsRenewedNow() {
    var certificate = hierarchy.enrolled(FakeDevice.named("pump-1"));
    clock.advance(Duration.ofDays(1));
    revoke(hierarchy.issuing(), certificate);

    assertThat(window(certificate).end()).isBeforeOrEqualTo(clock.instant());
  }

  @Test
  void aCertificateOnHoldHasTheTimeThatItHadBefore() {
    var certificate = hierarchy.enrolled(FakeDevice.named("pump-1"));
    var before = window(certificate);
    clock.advance(Duration.ofDays(1));
    revoke(hierarchy.issuing(), certificate, RevocationReason.CERTIFICATE_HOLD);

    assertThat(window(certificate)).isEqualTo(before);
  }

  @Test
  void whenTheAuthorityIsCompromisedEverybodyRenewsNow() {
    var certificate = hierarchy.enrolled(FakeDevice.named("pump-1"));
    clock.advance(Duration.ofDays(1));
    revoke(hierarchy.root(), hierarchy.issuing().certificate().orElseThrow());

    assertThat(window(certificate).end()).isBeforeOrEqualTo(clock.instant());
  }

  @Test
  void whatIsNotOursIsUnknown() {
    var certificate = hierarchy.enrolled(FakeDevice.named("pump-1"));
    var serial = name(certificate).replaceAll(".*\\.", "");

    assertThat(renewals.of(encoded("00".repeat(20)) + "." + serial))
        .isEqualTo(new Answer.Unknown());
    assertThat(renewals.of(name(certificate).replaceAll("\\..*", ".AQID")))
        .isEqualTo(new Answer.Unknown());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "abc",
        "AAAA.",
        ".AAAA",
        "AA+A.AQID",
        "AAAA.AQID.AQID",
        "AAAA.AAA",
        "A=.AQ",
        "AAAA.gQID",
        "AAAAA.AQID"
      })
  void whatNamesNoCertificateIsMalformed(String name) {
    assertThat(renewals.of(name)).isInstanceOf(Answer.Malformed.class);
  }

  private Answer.Window window(Certificate certificate) {
    if (renewals.of(name(certificate)) instanceof Answer.Window window) {
      return window;
    }
    throw new AssertionError("no window for " + certificate);
  }

  private void revoke(Authority by, Certificate certificate) {
    revoke(by, certificate, RevocationReason.KEY_COMPROMISE);
  }

  private void revoke(Authority by, Certificate certificate, RevocationReason reason) {
    store.revoke(by.id(), certificate.serial(), reason, Optional.empty(), clock.instant(), "test");
  }

  private Optional<Authority> authority(String keyIdentifier) {
    return Stream.of(hierarchy.root(), hierarchy.issuing())
        .filter(each ->
            each.certificate()
                .flatMap(Certificate::subjectKeyIdentifier)
                .equals(Optional.of(keyIdentifier)))
        .findFirst();
  }

  private static String name(Certificate certificate) {
    return encoded(certificate.authorityKeyIdentifier().orElseThrow())
        + "."
        + Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(certificate.serial().value().toByteArray());
  }

  private static String encoded(String hex) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(HexFormat.of().parseHex(hex));
  }
}
