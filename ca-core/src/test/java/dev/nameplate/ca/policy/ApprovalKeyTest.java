package dev.nameplate.ca.policy;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.testing.TestRequests;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What an approval is given for, and what it is not.
@Tag("E11")
class ApprovalKeyTest {

  private final FakeDevice pump = FakeDevice.named("pump-0017");
  private final DistinguishedName name = DistinguishedName.ofCommonName("pump-0017");

  @Test
  void isTheSameForARequestThatIsLinkedToAnotherConnection() {
    var one = TestRequests.withChallenge(pump.key(), name, "one");
    var other = TestRequests.withChallenge(pump.key(), name, "other");

    assertThat(one.der()).isNotEqualTo(other.der());
    assertThat(key("s1", 1, one)).isEqualTo(key("s1", 1, other));
    assertThat(key("s1", 1, one)).isEqualTo(key("s1", 1, pump.csr()));
  }

  @Test
  void isTheSameForAnotherSecretOfTheSameIdentity() {
    assertThat(key("s1", 1, pump.csr())).isEqualTo(key("s2", 1, pump.csr()));
  }

  @Test
  void isAnotherForAnotherKeyOrContentOrEpoch() {
    var approved = key("s1", 1, pump.csr());
    var content = FakeDevice.csr(pump.key(), DistinguishedName.ofCommonName("pump-0018"));

    assertThat(key("s1", 1, content)).isNotEqualTo(approved);
    assertThat(key("s1", 2, pump.csr())).isNotEqualTo(approved);
    pump.makeNewKey();
    assertThat(key("s1", 1, pump.csr())).isNotEqualTo(approved);
  }

  @Test
  void isAnotherUnderAnotherLabel() {
    assertThat(request("s1", 1, pump.csr(), TestProfiles.ADMIN).approvalKey())
        .isNotEqualTo(key("s1", 1, pump.csr()));
  }

  private String key(String secret, int epoch, Csr csr) {
    return request(secret, epoch, csr, TestProfiles.DEVICE).approvalKey();
  }

  private IssuanceRequest request(String secret, int epoch, Csr csr, CertificateProfile profile) {
    return new IssuanceRequest(
        new Requester.BySecret(pump.owner(), epoch, secret), csr, profile, Purpose.ENROLL);
  }
}
