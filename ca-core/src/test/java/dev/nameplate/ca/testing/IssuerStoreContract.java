package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import java.util.List;
import org.junit.jupiter.api.Test;

/// What every issuer store promises.
public abstract class IssuerStoreContract extends StoreContract {

  private final TestAuthority root =
      TestAuthority.root("Test Root CA", KeyType.EC_P256, clock.instant());

  @Test
  void anIssuerIsThereBeforeItsFirstCertificate() {
    add(root);

    assertThat(issuers().issuers())
        .containsExactly(
            new IssuerRecord(
                root.issuer(),
                "root",
                CrlScope.AUTHORITIES,
                false,
                List.of(),
                List.of(location(root))));
    assertThat(eventKinds()).containsExactly("IssuerAdded");
  }

  @Test
  void issuersAreListedInTheOrderInWhichTheyCame() {
    add(root);
    add(authority);

    assertThat(issuers().issuers())
        .extracting(IssuerRecord::issuer)
        .containsExactly(root.issuer(), authority.issuer());
  }

  @Test
  void anIssuerIsAddedOnce() {
    add(root);

    assertThatThrownBy(() -> add(root)).isInstanceOf(StoreException.class);
    assertThat(eventKinds()).containsExactly("IssuerAdded");
  }

  @Test
  void anIssuerHasManyCertificatesNewestLast() {
    var first = authority.certificate();
    add(authority);
    var device = FakeDevice.named("cross", authority.key());
    var second = sign(reservation(ourselves(device), device).tbs());

    issuers().addIssuerCertificate(issuer, first);
    issuers().addIssuerCertificate(issuer, second);
    issuers().addIssuerCertificate(issuer, first);

    assertThat(issuers().issuers())
        .flatExtracting(IssuerRecord::certificates)
        .containsExactly(first, second);
    assertThat(eventKinds())
        .containsExactly("IssuerAdded", "IssuerCertificateAdded", "IssuerCertificateAdded");
  }

  @Test
  void aCertificateOfAnotherKeyOrOfAnUnknownIssuerIsNotTaken() {
    var certificate = authority.certificate();
    add(root);

    assertThatThrownBy(() -> issuers().addIssuerCertificate(root.id(), certificate))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> issuers().addIssuerCertificate(issuer, certificate))
        .isInstanceOf(StoreException.class);
    assertThat(issuers().issuers()).flatExtracting(IssuerRecord::certificates).isEmpty();
  }

  @Test
  void anIssuerIsActivatedOnceAndNotBeforeItHasACertificate() {
    add(authority);
    var why = new AuditEvent.IssuerActivated(issuer, "issuing", "test");
    assertThatThrownBy(() -> issuers().activate(issuer, why)).isInstanceOf(StoreException.class);
    assertThatThrownBy(() -> issuers().activate(root.id(), why)).isInstanceOf(StoreException.class);
    issuers().addIssuerCertificate(issuer, authority.certificate());

    assertThat(issuers().activate(issuer, why)).isTrue();
    assertThat(issuers().activate(issuer, why)).isFalse();

    assertThat(issuers().issuers()).singleElement().matches(IssuerRecord::active);
    assertThat(eventKinds())
        .containsExactly("IssuerAdded", "IssuerCertificateAdded", "IssuerActivated");
  }

  @Test
  void theEndOfTheLastCertificateIsKnownAndItsOcspSignersDoNotCount() {
    add(authority);
    assertThat(issuers().lastNotAfter(issuer)).isEmpty();
    var device = registered("last-one");
    var issued = issued(ourselves(device), device);
    assertThat(issuers().lastNotAfter(issuer)).contains(issued.notAfter());

    add(new OcspSignerRecord(issuer, "main", issued, location(authority)));

    assertThat(issuers().lastNotAfter(issuer)).isEmpty();
    assertThat(issuers().lastNotAfter(root.id())).isEmpty();
  }

  @Test
  void ocspSignersAreListedNewestLast() {
    add(authority);
    var first = signer("ocsp-1");
    var second = signer("ocsp-2");

    add(first);
    add(second);

    assertThat(issuers().ocspSigners()).containsExactly(first, second);
    assertThat(eventKinds()).containsExactly("IssuerAdded", "OcspSignerAdded", "OcspSignerAdded");
  }

  @Test
  void aProfileVersionIsRecordedOnce() {
    record("name: device");
    record("name: device");

    assertThat(eventKinds()).containsExactly("ProfileRecorded");
  }

  private void add(TestAuthority added) {
    var location = location(added);
    issuers()
        .addIssuer(
            added.issuer(),
            added.equals(root) ? "root" : "issuing",
            added.equals(root) ? CrlScope.AUTHORITIES : CrlScope.END_ENTITIES,
            location,
            new AuditEvent.IssuerAdded(
                added.id(),
                added.issuer().name().toString(),
                added.equals(root) ? "root" : "issuing",
                location.token(),
                location.id(),
                "test"));
  }

  private void add(OcspSignerRecord signer) {
    issuers()
        .addOcspSigner(
            signer,
            new AuditEvent.OcspSignerAdded(
                signer.issuer(),
                signer.node(),
                signer.certificate().serial(),
                signer.key().fingerprint()));
  }

  private void record(String source) {
    issuers()
        .recordProfile(
            TestProfiles.DEVICE,
            source,
            new AuditEvent.ProfileRecorded(
                TestProfiles.DEVICE.name(), TestProfiles.DEVICE.version()));
  }

  private OcspSignerRecord signer(String node) {
    var device = FakeDevice.named(node);
    Certificate certificate = sign(reservation(ourselves(device), device).tbs());
    var location = new KeyLocation("token", node, "0a", device.key().publicKey().fingerprint());
    return new OcspSignerRecord(issuer, node, certificate, location);
  }

  private static KeyLocation location(TestAuthority authority) {
    return new KeyLocation(
        "token",
        authority.issuer().name().commonName().orElseThrow(),
        "01",
        authority.issuer().publicKey().fingerprint());
  }
}
