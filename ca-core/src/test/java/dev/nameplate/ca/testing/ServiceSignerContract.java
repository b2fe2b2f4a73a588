package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.ServiceSignerRecord;
import dev.nameplate.ca.store.ServiceSignerStore;
import dev.nameplate.ca.x509.KeyType;
import java.time.InstantSource;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every store of signers promises.
public abstract class ServiceSignerContract {

  /// The store, and what it writes down.
  public record Opened(ServiceSignerStore signers, AuditLog audit, Runnable closing) {}

  private final FakeClock clock = new FakeClock();
  private Opened opened;

  /// A new and empty store.
  protected abstract Opened open(InstantSource clock);

  @BeforeEach
  void openTheStore() {
    opened = open(clock);
  }

  @AfterEach
  void closeTheStore() {
    opened.closing().run();
  }

  @Test
  void aSignerIsRememberedWithItsKeyAndTheNewestIsLast() {
    var first = signer("main", SignerPurpose.AUDIT, "audit-main-1");
    var second = signer("main", SignerPurpose.RECEIPT, "receipt-main-1");

    assertThat(add(first)).isTrue();
    assertThat(add(second)).isTrue();

    assertThat(opened.signers().serviceSigners()).containsExactly(first, second);
    assertThat(written()).isEqualTo(2);
  }

  @Test
  void aSignerIsThereOnce() {
    var signer = signer("main", SignerPurpose.AUDIT, "audit-main-1");

    assertThat(add(signer)).isTrue();
    assertThat(add(signer)).isFalse();

    assertThat(opened.signers().serviceSigners()).containsExactly(signer);
    assertThat(written()).isEqualTo(1);
  }

  private long written() {
    return opened.audit().newest(Optional.empty(), 10).stream()
        .filter(row -> row.kind().equals("ServiceSignerAdded"))
        .count();
  }

  private boolean add(ServiceSignerRecord signer) {
    var certificate = signer.certificate();
    return opened
        .signers()
        .addServiceSigner(
            signer,
            new AuditEvent.ServiceSignerAdded(
                signer.node(),
                signer.purpose().word(),
                IssuerId.of(certificate.publicKey()),
                certificate.serial(),
                certificate.publicKey().fingerprint()));
  }

  private ServiceSignerRecord signer(String node, SignerPurpose purpose, String label) {
    var certificate =
        TestAuthority.root("Signer " + label, KeyType.EC_P256, clock.instant()).certificate();
    return new ServiceSignerRecord(
        node,
        purpose,
        certificate,
        new KeyLocation("token", label, "0a", certificate.publicKey().fingerprint()));
  }
}
