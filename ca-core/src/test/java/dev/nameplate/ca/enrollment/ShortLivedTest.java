package dev.nameplate.ca.enrollment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.StatusUrl;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Pem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;
import java.util.Set;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509CertificateHolder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Certificates that end before a revocation would matter, and say so (RFC 9608).
@Tag("C14")
class ShortLivedTest {

  private static final Set<StatusUrl> NONE = Set.of(StatusUrl.NO_REV_AVAIL, StatusUrl.CA_ISSUERS);

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));

  @TempDir private Path directory;

  @Test
  void itSaysThatThereIsNoRevocationAndNotWhereToAsk() throws Exception {
    var certificate = issued(shortLived(Duration.ofDays(7)).with(NONE));

    var extensions = new X509CertificateHolder(certificate.der().toByteArray()).getExtensions();
    var none = extensions.getExtension(Extension.noRevAvail);
    assertThat(none.isCritical()).isFalse();
    assertThat(none.getExtnValue().getOctets()).containsExactly(5, 0);
    assertThat(extensions.getExtension(Extension.cRLDistributionPoints)).isNull();
    Files.writeString(directory.resolve("device.pem"), Pem.encode(certificate));
    assertThat(
            Tool.OPENSSL
                .run(
                    directory, "x509", "-in", "device.pem", "-noout", "-ext", "authorityInfoAccess")
                .ok()
                .output())
        .contains("CA Issuers")
        .doesNotContain("OCSP");
  }

  @Test
  void itIsGoodForAWeekAtMost() {
    assertThatThrownBy(() -> shortLived(Duration.ofDays(8)).with(NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at most 7 days");
  }

  @Test
  void nobodySaysBoth() {
    for (var where : new StatusUrl[] {StatusUrl.CRL, StatusUrl.OCSP}) {
      assertThatThrownBy(
              () -> shortLived(Duration.ofDays(1)).with(Set.of(StatusUrl.NO_REV_AVAIL, where)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("beside where to ask");
    }
  }

  @Test
  void anAuthorityCanBeRevoked() {
    assertThatThrownBy(() ->
            TestProfiles.ISSUING_CA
                .until(clock.instant().plusSeconds(3600), clock.instant())
                .with(NONE))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("cannot be revoked");
  }

  private CertificateProfile shortLived(Duration validity) {
    var now = clock.instant();
    var profile = TestProfiles.DEVICE;
    return profile.until(now.minus(profile.backdate()).plus(validity).minusSeconds(1), now);
  }

  private Certificate issued(CertificateProfile profile) {
    var device = FakeDevice.named("pump-1");
    pki.register(device);
    var usual = pki.request(device, pki.secretFor(device, 1));
    var enrollment =
        new Enrollment(
            store,
            store,
            new IssuancePolicy(),
            new CertificateTemplate(TestHierarchy.URLS),
            _ -> pki.issuing(),
            clock,
            new Random(3),
            StopListener.NONE);
    return TestHierarchy.certificate(
        enrollment.enroll(
            new IssuanceRequest(usual.requester(), usual.csr(), profile, Purpose.ENROLL)));
  }
}
