package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What a CRL has to be to be published after another, whoever made it.
@Tag("C08")
class CrlGateTest {

  private static final Instant NOW = Instant.parse("2026-11-23T12:00:00Z");
  private static final Instant TOMORROW = NOW.plus(Duration.ofDays(1));
  private static final Instant EXPIRY = NOW.plus(Duration.ofDays(90));
  private static final CrlScope SHARD = CrlScope.shard(3);

  private final TestAuthority ca = TestAuthority.root("Test CA", KeyType.EC_P256, NOW);
  private final Authority authority = ca.authority(CrlScope.END_ENTITIES);
  private final Map<SerialNumber, CertificateStatus> statuses = new HashMap<>();
  private final URI point = TestHierarchy.URLS.crl(ca.id(), SHARD);

  @Test
  void aSoundListMayFollowAnother() {
    assertThat(objection(crl(1, 7), Optional.empty())).isEmpty();
    assertThat(objection(crl(2, 7, 8), Optional.of(crl(1, 7)))).isEmpty();
    assertThat(objection(crl(5, 7), Optional.of(crl(4, 7)))).isEmpty();
  }

  @Test
  void theNumberGrows() {
    var fifth = Optional.of(crl(5, 7));

    assertThat(objection(crl(5, 7), fifth)).contains("has the number 5 after 5");
    assertThat(objection(crl(4, 7), fifth)).contains("has the number 4 after 5");
  }

  @Test
  void aListOfAnotherIssuerOrKeyIsRefused() {
    var other = TestAuthority.root("Other CA", KeyType.EC_P256, NOW);
    var sameName = TestAuthority.root("Test CA", KeyType.EC_P256, NOW);

    assertThat(objection(by(other).sign(), Optional.empty()).orElseThrow()).contains("is of");
    assertThat(objection(by(sameName).sign(), Optional.empty()).orElseThrow())
        .contains("is not signed by the key");
  }

  @Test
  @Tag("C12")
  void aListThatNamesAnotherKeyThanItsAuthorityIsRefused() {
    // the right key under the certificate of another: its key identifier is wrong
    var successor = TestAuthority.root("Test CA", KeyType.EC_P256, NOW);
    var mixed =
        new Authority(
            ca.issuer(), Optional.of(successor.certificate()), ca.key(), CrlScope.END_ENTITIES);

    var crl = new CrlBuilder(mixed, 1, NOW, TOMORROW).sign();

    assertThat(objection(crl, Optional.empty())).contains("names another key as its authority's");
  }

  @Test
  void aListFromTheFutureOrThePastIsRefused() {
    var early = new CrlBuilder(authority, 1, NOW.plusSeconds(1), TOMORROW).sign();
    var late = new CrlBuilder(authority, 1, NOW.minusSeconds(60), NOW).sign();

    assertThat(objection(early, Optional.empty()).orElseThrow()).contains("from the future");
    assertThat(objection(late, Optional.empty()).orElseThrow()).contains("is over since");
  }

  @Test
  @Tag("C05")
  void theCompleteListHasNoDistributionPoint() {
    var limited = by(ca).distributedAt(List.of(point)).sign();

    assertThat(objection(limited, Optional.empty()).orElseThrow()).contains("has to be complete");
  }

  @Test
  @Tag("C04")
  void aShardSaysWhereItIsAndStaysThere() {
    var gate = new CrlGate(ca.issuer(), ca.certificate(), SHARD, this::status);
    var here = by(ca, 1).distributedAt(List.of(point)).sign();
    var elsewhere = by(ca, 2).distributedAt(List.of(URI.create("http://else.example/x"))).sign();
    var both = by(ca, 2).distributedAt(List.of(URI.create("http://else.example/x"), point)).sign();

    assertThat(gate.objection(by(ca).sign(), Optional.empty(), NOW).orElseThrow())
        .contains("does not say of which distribution point");
    assertThat(gate.objection(here, Optional.empty(), NOW)).isEmpty();
    assertThat(gate.objection(elsewhere, Optional.of(here), NOW).orElseThrow())
        .contains("any more, which certificates name");
    assertThat(gate.objection(both, Optional.of(here), NOW)).isEmpty();
  }

  @Test
  @Tag("C06")
  void aDeltaIsNoCompleteList() {
    assertThat(objection(by(ca).addingTo(1).sign(), Optional.empty())).contains("is a delta");
  }

  @Test
  void noRevocationIsLost() {
    statuses.put(serial(8), revoked(EXPIRY));

    assertThat(objection(crl(2, 7), Optional.of(crl(1, 7, 8))))
        .contains("would lose the revocation of 08");
    assertThat(objection(crl(2), Optional.of(crl(1, 7))))
        .contains("would lose the revocation of 07");
  }

  @Test
  @Tag("C10")
  void whatExpiredMayLeaveOnceItWasOnAListMadeAfterwards() {
    statuses.put(serial(7), revoked(NOW.minusSeconds(1)));
    statuses.put(serial(8), revoked(NOW));

    assertThat(objection(crl(2, 8), Optional.of(crl(1, 7, 8)))).isEmpty();
    assertThat(objection(crl(2, 7), Optional.of(crl(1, 7, 8))))
        .contains("would lose the revocation of 08");
  }

  @Test
  @Tag("C16")
  void whoManyLeaveAreAskedForTogether() {
    var questions = new ArrayList<Integer>();
    var source =
        new StatusSource() {
          @Override
          public CertificateStatus status(IssuerId issuer, SerialNumber serial) {
            throw new AssertionError("asked for one alone");
          }

          @Override
          public Map<SerialNumber, CertificateStatus> statuses(
              IssuerId issuer, Set<SerialNumber> serials) {
            questions.add(serials.size());
            return serials.stream()
                .collect(Collectors.toMap(serial -> serial, _ -> revoked(NOW.minusSeconds(1))));
          }
        };
    var gate = new CrlGate(ca.issuer(), ca.certificate(), CrlScope.END_ENTITIES, source);

    var before = crl(1, LongStream.rangeClosed(1, 1200).toArray());

    assertThat(gate.objection(crl(2, 600), Optional.of(before), NOW)).isEmpty();
    assertThat(questions).containsExactly(500, 500, 199);
  }

  @Test
  @Tag("C02")
  void onlyAHoldIsReleased() {
    statuses.put(serial(7), new CertificateStatus.Good(EXPIRY));

    assertThat(objection(crl(2), Optional.of(crl(1, 7))))
        .contains("would lose the revocation of 07");
  }

  private Optional<String> objection(Crl next, Optional<Crl> previous) {
    return new CrlGate(ca.issuer(), ca.certificate(), CrlScope.END_ENTITIES, this::status)
        .objection(next, previous, NOW);
  }

  private CertificateStatus status(IssuerId issuer, SerialNumber serial) {
    assertThat(issuer).isEqualTo(ca.id());
    return statuses.getOrDefault(serial, new CertificateStatus.NeverIssued());
  }

  private static CertificateStatus revoked(Instant notAfter) {
    return new CertificateStatus.Revoked(NOW, RevocationReason.SUPERSEDED, notAfter);
  }

  private Crl crl(long number, long... serials) {
    var builder = by(ca, number);
    for (long serial : serials) {
      builder.add(
          new RevokedEntry(
              serial(serial),
              new RevocationRecord(NOW, RevocationReason.SUPERSEDED, Optional.empty())));
    }
    return builder.sign();
  }

  private static CrlBuilder by(TestAuthority signer) {
    return by(signer, 1);
  }

  private static CrlBuilder by(TestAuthority signer, long number) {
    return new CrlBuilder(signer.authority(CrlScope.END_ENTITIES), number, NOW, TOMORROW);
  }

  private static SerialNumber serial(long value) {
    return new SerialNumber(BigInteger.valueOf(value));
  }
}
