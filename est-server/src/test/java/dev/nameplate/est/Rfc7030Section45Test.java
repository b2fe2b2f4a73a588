package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.ExtendedKeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.KeyUsage;
import dev.nameplate.ca.profile.EnrollmentRules.Linking;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.testing.ProfileLike;
import dev.nameplate.ca.testing.RulesLike;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.CsrAttributes;
import dev.nameplate.ca.x509.CsrAttributes.Element;
import dev.nameplate.ca.x509.CsrTemplate.NamePart;
import dev.nameplate.ca.x509.ExpectedKey;
import dev.nameplate.ca.x509.KeyType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x9.X9ObjectIdentifiers;
import org.bouncycastle.est.CSRAttributesResponse;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// CSR attributes, as RFC 8951 section 4 and RFC 9908 have them.
final class Rfc7030Section45Test {

  /// libest reads no more than this, in DER.
  private static final int LIBEST_READS = 1024;

  private final TestClock clock = new TestClock();
  private final ObedientClient device = new ObedientClient("pump-0017");
  private final TestAuthority root = TestAuthority.root("Acme", KeyType.EC_P256, clock.instant());

  @TempDir Path folder;

  @Test
  @Tag("R1")
  @Tag("S9")
  void anybodyIsToldWhatARequestShouldLookLike() throws Exception {
    try (var est = EstFixture.start();
        var client = EstClient.anonymous(est)) {
      var answer = client.get("csrattrs");

      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.header("Content-Type")).contains("application/csrattrs");
      assertThat(answer.header("Content-Transfer-Encoding")).contains("base64");
      assertThat(answer.text()).containsOnlyOnce("\n").endsWith("\n");
      assertThat(attributes(answer)).isEqualTo(ExpectedRequest.of(TestProfiles.DEVICE));
      assertThat(client.get("no-such-label/csrattrs").status()).isEqualTo(404);
    }
  }

  @Test
  @Tag("R5")
  void eachLabelAsksForWhatItsProfileWants() throws Exception {
    try (var est = EstFixture.start();
        var client = EstClient.anonymous(est)) {
      assertThat(attributes(client.get("device/csrattrs")).template().orElseThrow().key())
          .isEqualTo(Optional.of(ExpectedKey.of(KeyType.EC_P256)));
      assertThat(attributes(client.get("sensor/csrattrs")).template().orElseThrow().key())
          .isEqualTo(Optional.of(ExpectedKey.of(KeyType.EC_P384)));
    }
  }

  @Test
  @Tag("R5")
  void aRequestMadeOfTheAnswerIsAccepted() throws Exception {
    try (var est = EstFixture.start();
        var client = EstClient.anonymous(est)) {
      var secret = est.register("pump-0017");
      var said = attributes(client.get("csrattrs"));

      var answer =
          client.enroll(device.byTemplate(said.template().orElseThrow()), "pump-0017", secret);

      assertThat(answer.certificate().subject()).hasToString("cn=pump-0017");
    }
  }

  /// Over every profile like those that are shipped, and a hundred others. The seed is fixed.
  @Test
  @Tag("R5")
  void aRequestMadeOfTheAnswerIsAcceptedUnderEveryProfile() throws Exception {
    var random = new Random(4505);
    for (int i = 0; i < 120; i++) {
      var profile = i == 0 ? TestProfiles.DEVICE : i == 1 ? TestProfiles.SENSOR : any(random);
      var said = CsrAttributes.parse(ExpectedRequest.of(profile).der().toByteArray());

      assertThat(enroll(device.byList(said), profile))
          .as("the list of %s", profile)
          .isInstanceOf(EnrollmentResult.Issued.class);
      if (said.template().isPresent()) {
        assertThat(enroll(device.byTemplate(said.template().get()), profile))
            .as("the template of %s", profile)
            .isInstanceOf(EnrollmentResult.Issued.class);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  @Tag("R3")
  void thereIsOneKeyTypeAndOneExtensionRequest(KeyType type) {
    var said = ExpectedRequest.of(with(new KeyPolicy(Set.of(type)), Linking.WHEN_PRESENT));

    assertThat(said.elements()).filteredOn(Element.ExtensionRequest.class::isInstance).hasSize(1);
    assertThat(said.elements())
        .filteredOn(element -> element.equals(ExpectedKey.of(type).element()))
        .hasSize(1);
    assertThat(said.template().orElseThrow().key().orElseThrow().type()).contains(type);
    assertThat(said.der().length()).isLessThanOrEqualTo(LIBEST_READS);
  }

  @Test
  @Tag("E8")
  @Tag("E10")
  void aLabelThatRequiresLinkingSaysSoInBothWaysAndSendsNoTemplate() {
    var said = ExpectedRequest.of(with(KeyPolicy.anyStrong(), Linking.REQUIRED));

    assertThat(said.elements())
        .startsWith(
            new Element.Oid("1.2.840.113549.1.9.7"), new Element.Oid("1.2.840.113549.1.9.16.2.58"));
    assertThat(said.template()).isEmpty();
  }

  @Test
  @Tag("E8")
  void aLabelThatDoesNotRequireItDoesNotAskForAPassword() {
    assertThat(ExpectedRequest.of(TestProfiles.DEVICE).elements())
        .doesNotContain(new Element.Oid(CsrAttributes.CHALLENGE_PASSWORD));
  }

  @Test
  @Tag("R4")
  void theNameIsLeftToTheDevice() {
    assertThat(ExpectedRequest.of(TestProfiles.DEVICE).template().orElseThrow().subject())
        .containsExactly(List.of(new NamePart("2.5.4.3", Optional.empty())));
  }

  @ParameterizedTest
  @EnumSource(Linking.class)
  @Tag("R1")
  void bouncyCastlesClientReadsTheAnswer(Linking linking) throws Exception {
    var said = ExpectedRequest.of(with(KeyPolicy.anyStrong(), linking));

    var read = new CSRAttributesResponse(said.der().toByteArray());

    assertThat(read.hasRequirement(X9ObjectIdentifiers.id_ecPublicKey)).isTrue();
    assertThat(read.hasRequirement(X9ObjectIdentifiers.ecdsa_with_SHA256)).isTrue();
    assertThat(read.hasRequirement(PKCSObjectIdentifiers.pkcs_9_at_challengePassword))
        .isEqualTo(linking == Linking.REQUIRED);
  }

  @Test
  @Tag("R1")
  void opensslReadsTheAnswer() throws Exception {
    Files.write(
        folder.resolve("csrattrs.der"),
        ExpectedRequest.of(with(new KeyPolicy(Set.of(KeyType.RSA_3072)), Linking.WHEN_PRESENT))
            .der()
            .toByteArray());

    assertThat(
            Tool.OPENSSL
                .run(folder, "asn1parse", "-inform", "DER", "-i", "-in", "csrattrs.der")
                .ok()
                .out())
        .contains(
            "rsaEncryption",
            ":0C00",
            "Extension Request",
            "X509v3 Key Usage",
            "sha256WithRSAEncryption",
            "1.2.840.113549.1.9.16.2.61",
            "cont [ 0 ]",
            "cont [ 1 ]");
  }

  private static CsrAttributes attributes(EstClient.Answer answer) throws Exception {
    return CsrAttributes.parse(Base64.getMimeDecoder().decode(answer.text()));
  }

  private EnrollmentResult enroll(byte[] csr, CertificateProfile profile) {
    var store = new InMemoryStore(clock);
    var owner = new DeviceId("pump-0017").owner();
    store.register(
        owner,
        profile.name(),
        clock.instant(),
        new AuditEvent.OwnerRegistered(owner, profile.name(), "test"));
    Authority authority = root.authority(CrlScope.END_ENTITIES);
    return new Enrollment(
            store,
            store,
            new IssuancePolicy(),
            new CertificateTemplate(TestHierarchy.URLS),
            _ -> authority,
            clock,
            new Random(1),
            StopListener.NONE)
        .enroll(
            new IssuanceRequest(
                new Requester.Internal(owner, 1, "test"),
                Requests.parse(csr),
                profile,
                Purpose.ENROLL));
  }

  private static CertificateProfile any(Random random) {
    var types = new ArrayList<>(List.of(KeyType.values()));
    Collections.shuffle(types, random);
    var keys = new LinkedHashSet<>(types.subList(0, 1 + random.nextInt(types.size())));
    var usage = EnumSet.of(KeyUsage.DIGITAL_SIGNATURE);
    // elliptic keys cannot encipher: without an RSA key such a profile would issue nothing
    if (random.nextBoolean() && keys.stream().anyMatch(KeyType::isRsa)) {
      usage.add(KeyUsage.KEY_ENCIPHERMENT);
    }
    var extended = new ArrayList<>(List.of(ExtendedKeyUsage.values()));
    extended.remove(ExtendedKeyUsage.OCSP_SIGNING);
    Collections.shuffle(extended, random);
    var linking = random.nextBoolean() ? Linking.REQUIRED : Linking.WHEN_PRESENT;
    return ProfileLike.of(with(new KeyPolicy(keys), linking))
        .keyUsage(usage)
        .extendedKeyUsage(extended.subList(0, random.nextInt(extended.size() + 1)))
        .profile();
  }

  private static CertificateProfile with(KeyPolicy keys, Linking linking) {
    return ProfileLike.of(TestProfiles.DEVICE)
        .keys(keys)
        .rules(RulesLike.usual().linking(linking))
        .profile();
  }
}
