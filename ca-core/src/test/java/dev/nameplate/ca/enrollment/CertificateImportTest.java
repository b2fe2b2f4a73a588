package dev.nameplate.ca.enrollment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.x509.Certificate;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// What a root signed elsewhere, on a server that has none of its keys.
class CertificateImportTest {

  private static final Owner ISSUING = new Owner(OwnerKind.ISSUER, "issuing");

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore elsewhere = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(elsewhere, elsewhere, elsewhere, elsewhere),
          clock,
          new Random(1));
  private final Certificate root = pki.root().certificate().orElseThrow();
  private final Certificate issuing = pki.issuing().certificate().orElseThrow();

  private final InMemoryStore store = new InMemoryStore(clock);
  private final CertificateImport imports = new CertificateImport(store, clock);

  CertificateImportTest() {
    store.register(
        ISSUING,
        TestProfiles.ISSUING_CA.name(),
        clock.instant(),
        new AuditEvent.OwnerRegistered(ISSUING, TestProfiles.ISSUING_CA.name(), "test"));
  }

  @Test
  void itIsRememberedAsIfItHadBeenIssuedHere() {
    assertThat(remember(issuing)).isEmpty();

    var record = store.find(pki.root().id(), issuing.serial()).orElseThrow();
    assertThat(record.state()).isEqualTo(CertificateState.ISSUED);
    assertThat(record.certificate()).contains(issuing);
    assertThat(record.owner()).isEqualTo(ISSUING);
    assertThat(store.events())
        .hasAtLeastOneElementOfType(AuditEvent.Issuing.class)
        .hasAtLeastOneElementOfType(AuditEvent.Issued.class);
  }

  @Test
  void onceIsEnough() {
    remember(issuing);
    var events = store.events().size();

    assertThat(remember(issuing)).isEmpty();
    assertThat(store.events()).hasSize(events);
  }

  @Test
  void whatTheRootDidNotSignIsRefused() {
    assertThat(remember(pki.ocspSigner())).get().asString().contains("is not signed by the key of");
    assertThat(store.find(pki.root().id(), pki.ocspSigner().serial())).isEmpty();
  }

  @Test
  void whatBreaksTheRulesIsRefused() {
    // as if it were no root's: then its own certificate is missing
    var refused =
        imports.remember(
            issuing,
            pki.root().issuer(),
            Optional.empty(),
            CrlScope.AUTHORITIES,
            TestProfiles.ISSUING_CA,
            new Requester.Internal(ISSUING, 1, "test"));

    assertThat(refused).get().asString().contains("breaks the rules", "not issued by itself");
  }

  private Optional<String> remember(Certificate certificate) {
    return imports.remember(
        certificate,
        pki.root().issuer(),
        Optional.of(root),
        CrlScope.AUTHORITIES,
        TestProfiles.ISSUING_CA,
        new Requester.Internal(ISSUING, store.find(ISSUING).orElseThrow().epoch(), "test"));
  }
}
