package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CrlBase;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.QuarantineStore;
import dev.nameplate.ca.store.QuarantineStore.Quarantine;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What a store promises that may be put back to an older state.
public abstract class QuarantineContract {

  /// The store, and what tells of statuses.
  public record Opened(
      QuarantineStore quarantines,
      StatusSource statuses,
      CrlStore crls,
      IssuerStore issuers,
      Runnable closing) {}

  private final FakeClock clock = new FakeClock();
  private final TestAuthority authority =
      TestAuthority.root("Test Issuing CA", KeyType.EC_P256, clock.instant());
  private final Instant end = clock.instant().plus(Duration.ofDays(100));
  private Opened opened;

  /// A new and empty store.
  protected abstract Opened open(InstantSource clock);

  @BeforeEach
  void openTheStore() {
    opened = open(clock);
    opened
        .issuers()
        .addIssuer(
            authority.issuer(),
            "issuing",
            CrlScope.END_ENTITIES,
            new KeyLocation("token", "issuing", "01", authority.key().publicKey().fingerprint()),
            new AuditEvent.IssuerAdded(
                authority.id(), "Test Issuing CA", "issuing", "token", "01", "test"));
  }

  @AfterEach
  void closeTheStore() {
    opened.closing().run();
  }

  @Test
  void aQuarantineIsOnUntilItIsEndedAndTheOneWithMostLossesIsTold() {
    assertThat(opened.quarantines().quarantine()).isEmpty();
    assertThat(end()).isFalse();

    var some = quarantine("a", 3, 5);
    var more = quarantine("b", 3, 9);
    begin(some);
    begin(more);

    assertThat(opened.quarantines().quarantine()).contains(more);
    assertThat(end()).isTrue();
    assertThat(opened.quarantines().quarantine()).isEmpty();
    assertThat(end()).isFalse();
  }

  @Test
  void whatIsLostIsRevokedForOcspAndOnTheCrlInOrderOfSerials() {
    var entries = List.of(entry(3), entry(1), entry(2));

    assertThat(add(entries)).isEqualTo(3);
    assertThat(add(entries)).isZero();

    assertThat(opened.statuses().status(authority.id(), serial(2)))
        .isEqualTo(
            new CertificateStatus.Revoked(
                entry(2).revocation().at(), RevocationReason.KEY_COMPROMISE, end));
    assertThat(opened.statuses().status(authority.id(), serial(4)))
        .isInstanceOf(CertificateStatus.NeverIssued.class);
    assertThat(opened.statuses().statuses(authority.id(), Set.of(serial(1), serial(3), serial(4))))
        .hasSize(3)
        .hasEntrySatisfying(
            serial(1), of -> assertThat(of).isInstanceOf(CertificateStatus.Revoked.class));
    var listed = new ArrayList<RevokedEntry>();
    opened.crls().revoked(authority.id(), CrlScope.END_ENTITIES, clock.instant(), listed::add);
    assertThat(listed).containsExactly(entry(1), entry(2), entry(3));
    assertThat(opened.crls().crlState(authority.id(), CrlScope.END_ENTITIES).changes())
        .isEqualTo(3);
  }

  /// A delta to it would not name what was lost, and who has both would take that as good.
  @Test
  void noDeltaIsMadeToAListFromBeforeTheLossWasFound() {
    publish(1);
    assertThat(base()).map(CrlBase::number).contains(1L);

    assertThat(add(List.of(entry(1)))).isEqualTo(1);
    assertThat(base()).isEmpty();

    publish(2);
    assertThat(add(List.of(entry(1)))).isZero();
    assertThat(base()).map(CrlBase::number).contains(2L);
  }

  private Optional<CrlBase> base() {
    return opened.crls().oldestBase(authority.id(), CrlScope.END_ENTITIES, clock.instant());
  }

  private void publish(long number) {
    var crl =
        new PublishedCrl(
            authority.id(),
            CrlScope.END_ENTITIES,
            number,
            0,
            0,
            clock.instant(),
            clock.instant().plus(Duration.ofHours(1)),
            Der.of(new byte[] {(byte) number}));
    var why =
        new AuditEvent.CrlPublished(crl.issuer(), crl.scope(), number, 0, crl.der().sha256Hex());
    assertThat(opened.crls().publish(crl, number - 1, why, 0)).isTrue();
  }

  private long add(List<RevokedEntry> entries) {
    return opened.quarantines().addLost(authority.id(), CrlScope.END_ENTITIES, entries, end);
  }

  private RevokedEntry entry(long serial) {
    return new RevokedEntry(
        serial(serial),
        new RevocationRecord(
            clock.instant().minusSeconds(serial),
            RevocationReason.KEY_COMPROMISE,
            serial == 2 ? Optional.of(clock.instant().minusSeconds(60)) : Optional.empty()));
  }

  private static SerialNumber serial(long value) {
    return new SerialNumber(BigInteger.valueOf(value));
  }

  private Quarantine quarantine(String node, long from, long to) {
    return new Quarantine(clock.instant(), node, "it is older", from, to);
  }

  private void begin(Quarantine of) {
    opened
        .quarantines()
        .begin(of, new AuditEvent.RestoreFound(of.node(), of.why(), of.lostFrom(), of.lostTo()));
  }

  private boolean end() {
    return opened
        .quarantines()
        .end(clock.instant(), new AuditEvent.RestoreAccepted("a", 3, 9, "a test", "admin:first"));
  }
}
