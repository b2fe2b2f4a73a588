package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.job.CrlJob;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.signing.OfflineKey;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// CRLs of a root whose key is elsewhere.
@Tag("C13")
class CrlImportTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));
  private final IssuerId root = pki.root().id();
  private final CrlImport imports = new CrlImport(store, store, store, clock);

  @Test
  void aCrlThatTheRootSignedElsewhereIsPublished() {
    var crl = byRoot(1_795_435_200L).sign();

    assertThat(imports.publish(crl, root, "ann"))
        .isInstanceOfSatisfying(
            CrlImport.Outcome.Published.class,
            published -> assertThat(published.crl().number()).isEqualTo(1_795_435_200L));
    assertThat(store.latestCrl(root, CrlScope.AUTHORITIES).orElseThrow().der())
        .isEqualTo(crl.der());
    assertThat(store.events())
        .last()
        .isEqualTo(
            new AuditEvent.CrlImported(
                root, CrlScope.AUTHORITIES, 1_795_435_200L, 0, crl.der().sha256Hex(), "ann"));
  }

  @Test
  @Tag("C08")
  void itPassesTheSameGateAsOurs() {
    imports.publish(byRoot(5).sign(), root, "ann");

    assertThat(refusal(byRoot(5).sign())).contains("has the number 5 after 5");
    assertThat(refusal(byRoot(4).sign())).contains("has the number 4 after 5");
    var ofAnother =
        new CrlBuilder(pki.issuing(), 9, clock.instant(), clock.instant().plusSeconds(60)).sign();
    assertThat(refusal(ofAnother)).contains("is of ");
    var over =
        new CrlBuilder(
                pki.root(), 9, clock.instant().minusSeconds(60), clock.instant().minusSeconds(1))
            .sign();
    assertThat(refusal(over)).contains("is over since");
    assertThat(store.latestCrl(root, CrlScope.AUTHORITIES).orElseThrow().number()).isEqualTo(5);
  }

  @Test
  void itHasEveryCertificateOnItThatIsRevokedHere() {
    var serial = pki.issuing().certificate().orElseThrow().serial();
    new Revocation(store, clock)
        .revoke(root, serial, RevocationReason.CESSATION_OF_OPERATION, Optional.empty(), "ann");

    assertThat(refusal(byRoot(1).sign()))
        .contains("lacks 1 of the certificates that are revoked here, the first of them " + serial);
    var complete = byRoot(1).add(entry(serial)).sign();
    assertThat(imports.publish(complete, root, "ann"))
        .isInstanceOf(CrlImport.Outcome.Published.class);
    assertThat(store.crlState(root, CrlScope.AUTHORITIES).isBehind()).isFalse();
  }

  @Test
  void whatItRevokesAndIsGoodHereIsRevokedHere() {
    var serial = pki.issuing().certificate().orElseThrow().serial();
    var at = clock.instant();
    var crl = byRoot(1).add(entry(serial)).sign();

    assertThat(imports.publish(crl, root, "ann")).isInstanceOf(CrlImport.Outcome.Published.class);

    assertThat(store.status(root, serial))
        .isInstanceOfSatisfying(
            CertificateStatus.Revoked.class,
            revoked -> {
              assertThat(revoked.at()).isEqualTo(at);
              assertThat(revoked.reason()).isEqualTo(RevocationReason.CESSATION_OF_OPERATION);
            });
    assertThat(store.events())
        .filteredOn(AuditEvent.Revoked.class::isInstance)
        .singleElement()
        .asString()
        .contains("ann, by CRL 1");
    assertThat(store.crlState(root, CrlScope.AUTHORITIES).isBehind()).isFalse();
  }

  @Test
  void aCrlThatIsRefusedRevokesNothing() {
    var serial = pki.issuing().certificate().orElseThrow().serial();
    imports.publish(byRoot(5).sign(), root, "ann");

    assertThat(refusal(byRoot(4).add(entry(serial)).sign())).contains("has the number 4 after 5");

    assertThat(store.status(root, serial)).isInstanceOf(CertificateStatus.Good.class);
  }

  @Test
  void whatItAloneKnowsStaysRevokedOnTheNext() {
    var unknown = new SerialNumber(BigInteger.valueOf(77));
    imports.publish(byRoot(1).add(entry(unknown)).sign(), root, "ann");

    assertThat(refusal(byRoot(2).sign())).contains("would lose the revocation of 4d");
  }

  @Test
  void anUnknownIssuerIsNotFound() {
    assertThat(imports.publish(byRoot(1).sign(), new IssuerId("0".repeat(64)), "ann"))
        .isInstanceOf(CrlImport.Outcome.NoSuchIssuer.class);
  }

  @Test
  void theJobLeavesTheListsOfAnOfflineRootAlone() {
    var offline =
        new Authority(
            pki.root().issuer(),
            pki.root().certificate(),
            new OfflineKey(pki.root().issuer().publicKey(), "in a safe"),
            CrlScope.AUTHORITIES);
    imports.publish(byRoot(7).sign(), root, "ann");
    clock.advance(Duration.ofDays(1));

    assertThat(
            new CrlJob(publication(), () -> List.of(offline, pki.issuing())).run(clock.instant()))
        .isEqualTo("1 CRLs published");
    assertThat(store.latestCrl(root, CrlScope.AUTHORITIES).orElseThrow().number()).isEqualTo(7);
  }

  @Test
  void onceTheKeyIsBackOurNumbersGoOnFromTheImportedOne() {
    imports.publish(byRoot(20_261_123_000_000L).sign(), root, "ann");
    clock.advance(Duration.ofHours(1));

    assertThat(publication().publishIfDue(pki.root()).orElseThrow().number())
        .isEqualTo(20_261_123_000_001L);
  }

  private CrlPublication publication() {
    return new CrlPublication(
        store, store, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, CrlListener.NONE);
  }

  private String refusal(Crl crl) {
    return imports.publish(crl, root, "ann") instanceof CrlImport.Outcome.Refused(var why)
        ? why
        : "it was not refused";
  }

  private CrlBuilder byRoot(long number) {
    return new CrlBuilder(
        pki.root(), number, clock.instant(), clock.instant().plus(Duration.ofDays(90)));
  }

  private RevokedEntry entry(SerialNumber serial) {
    return new RevokedEntry(
        serial,
        new RevocationRecord(
            clock.instant(), RevocationReason.CESSATION_OF_OPERATION, Optional.empty()));
  }
}
