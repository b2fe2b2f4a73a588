package dev.nameplate.ca.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.AllowedNames;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.Names;
import dev.nameplate.ca.profile.CertificateProfile.Subject;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.profile.EnrollmentRules.Linking;
import dev.nameplate.ca.profile.EnrollmentRules.Require;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.profile.RotationPolicy;
import dev.nameplate.ca.profile.RotationPolicy.NameMatch;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.ProfileLike;
import dev.nameplate.ca.testing.RulesLike;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.testing.TestRequests;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.CsrAttribute;
import dev.nameplate.ca.x509.CsrAttribute.ChangeSubjectName;
import dev.nameplate.ca.x509.CsrAttribute.ExtensionRequest;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RequestedExtension;
import dev.nameplate.ca.x509.SerialNumber;
import java.io.IOException;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERBMPString;
import org.bouncycastle.asn1.DERPrintableString;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.x500.X500NameBuilder;
import org.bouncycastle.asn1.x500.style.BCStyle;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// The rules that need nothing but the request and the time.
class IssuancePolicyTest {

  private static final Instant NOW = FakeClock.START.plus(Duration.ofDays(1));
  private static final TestAuthority AUTHORITY =
      TestAuthority.root("Acme Root CA", KeyType.EC_P256, FakeClock.START);
  private static final SoftwareSigningKey KEY = SoftwareSigningKey.generate(KeyType.EC_P256);
  private static final SoftwareSigningKey NEW_KEY = SoftwareSigningKey.generate(KeyType.EC_P256);
  private static final Owner PUMP = new DeviceId("pump-0017").owner();

  private static final DistinguishedName PUMP_NAME = DistinguishedName.ofCommonName("pump-0017");

  private final IssuancePolicy policy = new IssuancePolicy();

  // Which names are the same (RFC 5280 section 7.1)

  static Stream<Arguments> names() {
    return Stream.of(
        same("the same", builder().o("Acme Devices").cn("P\u00fcmp 17")),
        same("upper case", builder().o("ACME DEVICES").cn("P\u00fcmp 17")),
        same("lower case beyond ASCII", builder().o("Acme Devices").cn("p\u00fcmp 17")),
        same("upper case beyond ASCII", builder().o("Acme Devices").cn("P\u00dcMP 17")),
        same("a decomposed letter", builder().o("Acme Devices").cn("Pu\u0308mp 17")),
        same("two spaces for one", builder().o("Acme  Devices").cn("P\u00fcmp  17")),
        same("spaces around", builder().o("  Acme Devices ").cn("P\u00fcmp 17 ")),
        same(
            "a PrintableString",
            builder().add(BCStyle.O, new DERPrintableString("Acme Devices")).cn("P\u00fcmp 17")),
        same(
            "a BMPString",
            builder().o("Acme Devices").add(BCStyle.CN, new DERBMPString("P\u00fcmp 17"))),
        other("another name", builder().o("Acme Devices").cn("P\u00fcmp 18")),
        other("a longer name", builder().o("Acme Devices").cn("P\u00fcmp 170")),
        other("no space", builder().o("AcmeDevices").cn("P\u00fcmp 17")),
        other("no accent", builder().o("Acme Devices").cn("Pump 17")),
        other("a letter that looks the same", builder().o("\u0410cme Devices").cn("P\u00fcmp 17")),
        other("the other order", builder().cn("P\u00fcmp 17").o("Acme Devices")),
        other(
            "an RDN more at the end",
            builder().o("Acme Devices").cn("P\u00fcmp 17").add(BCStyle.OU, new DERUTF8String("x"))),
        other(
            "an RDN more at the beginning",
            builder()
                .add(BCStyle.C, new DERPrintableString("DE"))
                .o("Acme Devices")
                .cn("P\u00fcmp 17")),
        other("an RDN less", builder().cn("P\u00fcmp 17")),
        other("an RDN twice", builder().o("Acme Devices").cn("P\u00fcmp 17").cn("P\u00fcmp 17")),
        other(
            "another attribute type",
            builder().add(BCStyle.OU, new DERUTF8String("Acme Devices")).cn("P\u00fcmp 17")),
        other("one RDN of two attributes", builder().both("Acme Devices", "P\u00fcmp 17")),
        other("nobody", builder()));
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void aRenewalIsForTheSameNameByTheRulesOfRfc5280(
      String what, DistinguishedName asked, boolean same) {
    var presented =
        certificate(builder().o("Acme Devices").cn("P\u00fcmp 17").name(), Optional.empty());
    var decision = policy.decide(renewal(presented, FakeDevice.csr(NEW_KEY, asked)), NOW);

    if (same) {
      assertThat(decision).as(what).isInstanceOf(Decision.Approved.class);
    } else {
      assertRefused(decision, Reason.SUBJECT_MISMATCH);
    }
  }

  @Test
  void oneRdnOfTwoAttributesIsASet() {
    var presented = certificate(builder().both("Acme", "Pump 17").name(), Optional.empty());
    // longer than the other now, so that DER sorts it behind
    var spaced = builder().both("Acme          ", "pump 17").name();

    assertThat(policy.decide(renewal(presented, FakeDevice.csr(NEW_KEY, spaced)), NOW))
        .isInstanceOf(Decision.Approved.class);
  }

  @Test
  @Tag("E4")
  void aRenewalKeepsItsSubjectAltNamesInAnyOrderAndAnyCase() {
    var name = DistinguishedName.ofCommonName("est.example");
    var presented = certificate(name, Optional.of(names("est.example", "est2.example")));

    for (var same :
        Set.of(
            names("est.example", "est2.example"),
            names("est2.example", "est.example"),
            names("EST.example", "est2.example"))) {
      assertThat(
              policy.decide(
                  renewal(presented, TestRequests.withSubjectAltName(NEW_KEY, name, same)), NOW))
          .isInstanceOf(Decision.Approved.class);
    }
    for (var other :
        Set.of(names("est.example"), names("est.example", "est2.example", "est3.example"))) {
      assertRefused(
          policy.decide(
              renewal(presented, TestRequests.withSubjectAltName(NEW_KEY, name, other)), NOW),
          Reason.SUBJECT_MISMATCH);
    }
    assertRefused(
        policy.decide(renewal(presented, FakeDevice.csr(NEW_KEY, name)), NOW),
        Reason.SUBJECT_MISMATCH);
  }

  @Test
  @Tag("E4")
  void aProfileCanCompareNamesToTheByte() {
    var name = DistinguishedName.ofCommonName("est.example");
    var names = names("est.example", "est2.example");
    var presented = certificate(name, Optional.of(names));
    var strict = profile(rotation(0, NameMatch.BYTES, false));

    assertThat(
            policy.decide(
                renewal(presented, TestRequests.withSubjectAltName(NEW_KEY, name, names), strict),
                NOW))
        .isInstanceOf(Decision.Approved.class);
    assertRefused(
        policy.decide(
            renewal(
                presented,
                TestRequests.withSubjectAltName(
                    NEW_KEY, name, names("est2.example", "est.example")),
                strict),
            NOW),
        Reason.SUBJECT_MISMATCH);
    assertRefused(
        policy.decide(
            renewal(
                presented,
                TestRequests.withSubjectAltName(
                    NEW_KEY, DistinguishedName.ofCommonName("EST.example"), names),
                strict),
            NOW),
        Reason.SUBJECT_MISMATCH);
  }

  @Test
  @Tag("E4")
  void theRefusalSaysWhichNameItFoundAndWhichItWanted() {
    var presented = certificate(DistinguishedName.ofCommonName("b"), Optional.empty());
    var decision =
        policy.decide(
            renewal(presented, FakeDevice.csr(NEW_KEY, DistinguishedName.ofCommonName("a"))), NOW);

    assertThat(decision)
        .isEqualTo(
            new Decision.Refused(
                new Refusal(
                    Reason.SUBJECT_MISMATCH, "the CSR's subject cn=a is not the enrolled cn=b")));
  }

  // Other names (RFC 6402 section 2.8)

  @Test
  @Tag("E6")
  void aRenewalChangesItsSubjectAltNamesOnlyWhereTheProfileLetsIt() throws Exception {
    var presented = certificate(PUMP_NAME, Optional.of(names("pump-0017.old.example")));
    var allowed = within(rotation(RotationPolicy.UNLIMITED, NameMatch.RFC5280, true));
    var wanted = der(names("pump-0017.new.example"));
    var change =
        changing(
            "pump-0017.old.example",
            new ChangeSubjectName(Optional.of(PUMP_NAME), Optional.of(wanted)));

    var decision = policy.decide(renewal(presented, change, allowed), NOW);

    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Approved.class,
            approved -> assertThat(approved.request().subjectAltName()).contains(wanted));
    assertRefused(
        policy.decide(
            renewal(
                presented,
                change,
                within(rotation(RotationPolicy.UNLIMITED, NameMatch.RFC5280, false))),
            NOW),
        Reason.NAME_NOT_ALLOWED);
  }

  @Test
  @Tag("E6")
  void aChangeWithoutSubjectAltNameTakesItAway() throws Exception {
    var presented = certificate(PUMP_NAME, Optional.of(names("pump-0017.old.example")));
    var allowed = within(rotation(RotationPolicy.UNLIMITED, NameMatch.RFC5280, true));
    var change =
        changing(
            "pump-0017.old.example",
            new ChangeSubjectName(Optional.of(PUMP_NAME), Optional.empty()));

    assertThat(policy.decide(renewal(presented, change, allowed), NOW))
        .isInstanceOfSatisfying(
            Decision.Approved.class,
            approved -> assertThat(approved.request().subjectAltName()).isEmpty());
  }

  @Test
  @Tag("E6")
  void noChangeTakesOrLeavesTheIdentityOrANameThatIsNotAllowed() throws Exception {
    var presented = certificate(PUMP_NAME, Optional.of(names("pump-0017.old.example")));
    var allowed = within(rotation(RotationPolicy.UNLIMITED, NameMatch.RFC5280, true));
    var other = Optional.of(DistinguishedName.ofCommonName("pump-0018"));
    var good = Optional.of(der(names("pump-0017.new.example")));
    for (var change :
        List.of(
            new ChangeSubjectName(other, good),
            new ChangeSubjectName(Optional.empty(), good),
            new ChangeSubjectName(
                Optional.of(PUMP_NAME), Optional.of(der(names("pump-0018.new.example")))))) {
      assertRefused(
          policy.decide(
              renewal(presented, changing("pump-0017.old.example", change), allowed), NOW),
          Reason.NAME_NOT_ALLOWED);
    }
    // what it has now must still be said right
    assertRefused(
        policy.decide(
            renewal(
                presented,
                changing(
                    "pump-0017.new.example", new ChangeSubjectName(Optional.of(PUMP_NAME), good)),
                allowed),
            NOW),
        Reason.SUBJECT_MISMATCH);
  }

  @Test
  void aSubjectAltNameThatWasNotThereBeforeIsAMismatch() {
    var name = DistinguishedName.ofCommonName("pump-0017");
    var presented = certificate(name, Optional.empty());
    var csr = TestRequests.withSubjectAltName(NEW_KEY, name, names("est.example"));

    assertRefused(policy.decide(renewal(presented, csr), NOW), Reason.SUBJECT_MISMATCH);
  }

  // Rotation

  @Test
  @Tag("E5")
  void aProfileCanAskForANewKeyAtEachRenewal() {
    var name = DistinguishedName.ofCommonName("pump-0017");
    var presented = certificate(name, Optional.empty());
    var rekey = profile(new RotationPolicy(0.6, true, false, Supersede.ON_CONFIRM));

    assertRefused(
        policy.decide(renewal(presented, FakeDevice.csr(KEY, name), rekey), NOW),
        Reason.REKEY_REQUIRED);
    assertThat(policy.decide(renewal(presented, FakeDevice.csr(NEW_KEY, name), rekey), NOW))
        .isInstanceOf(Decision.Approved.class);
  }

  @Test
  void aProfileCanRefuseToRenewBeforeItIsTime() {
    var name = DistinguishedName.ofCommonName("pump-0017");
    var presented = certificate(name, Optional.empty());
    var patient = profile(new RotationPolicy(0.5, false, true, Supersede.ON_CONFIRM));
    var life = Duration.between(presented.notBefore(), presented.notAfter()).toSeconds();
    var due = presented.notBefore().plusSeconds(life / 2);
    var request = renewal(presented, FakeDevice.csr(NEW_KEY, name), patient);

    assertRefused(policy.decide(request, due.minusSeconds(1)), Reason.TOO_EARLY);
    assertThat(policy.decide(request, due)).isInstanceOf(Decision.Approved.class);
  }

  // Who may ask for what

  @Test
  void aSecretDoesNotRenew() {
    var request =
        new IssuanceRequest(
            new Requester.BySecret(PUMP, 1, "1"),
            FakeDevice.csr(KEY, DistinguishedName.ofCommonName("pump-0017")),
            TestProfiles.DEVICE,
            Purpose.REENROLL);

    assertRefused(policy.decide(request, NOW), Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  void aProfileIsForItsKindsOfOwner() {
    for (var profile : TestProfiles.all()) {
      for (var kind : OwnerKind.values()) {
        var request =
            new IssuanceRequest(
                new Requester.Internal(new Owner(kind, "x"), 1, "test"),
                FakeDevice.csr(KEY, DistinguishedName.ofCommonName("x")),
                profile,
                Purpose.ENROLL);
        assertThat(policy.decide(request, NOW) instanceof Decision.Approved)
            .as("%s for %s", profile.name(), kind)
            .isEqualTo(profile.owners().contains(kind));
      }
    }
  }

  @Test
  void whoComesWithAManufacturersCertificateAndASecretWaitsForApprovalAllTheSame() {
    var rules = bySecretOrManufacturer().approval(true);
    var shown = certificate(DistinguishedName.ofCommonName("pump-0017"), Optional.empty());
    var byManufacturer = new Requester.ByManufacturer(PUMP, 1, shown, "0".repeat(64));
    var renewing = new Requester.ByCertificate(PUMP, 1, shown);

    assertThat(first(new Requester.WithSecret(byManufacturer, "1"), rules).needsApproval())
        .isTrue();
    assertThat(first(new Requester.WithSecret(renewing, "1"), rules).needsApproval()).isFalse();
  }

  @Test
  void whereBothAreWantedTheCertificateIsOfAKindThatTheLabelLetsIn() {
    var rules = bySecretOrManufacturer().require(Require.CERTIFICATE_AND_SECRET);
    var shown = certificate(DistinguishedName.ofCommonName("pump-0017"), Optional.empty());
    var byManufacturer = new Requester.ByManufacturer(PUMP, 1, shown, "0".repeat(64));
    var ours = new Requester.ByCertificate(PUMP, 1, shown);

    assertThat(policy.decide(first(new Requester.WithSecret(byManufacturer, "1"), rules), NOW))
        .isInstanceOf(Decision.Approved.class);
    assertRefused(
        policy.decide(first(new Requester.WithSecret(ours, "1"), rules), NOW),
        Reason.CREDENTIAL_NOT_ACCEPTED);
    assertRefused(policy.decide(first(byManufacturer, rules), NOW), Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  private static RulesLike bySecretOrManufacturer() {
    return RulesLike.usual().credentials(Credential.SECRET, Credential.MANUFACTURER);
  }

  private static IssuanceRequest first(Requester requester, RulesLike rules) {
    return new IssuanceRequest(
        requester,
        FakeDevice.csr(KEY, DistinguishedName.ofCommonName("pump-0017")),
        ProfileLike.of(TestProfiles.DEVICE).rules(rules).profile(),
        Purpose.ENROLL);
  }

  private static Arguments same(String what, Builder name) {
    return Arguments.of(what, name.name(), true);
  }

  private static Arguments other(String what, Builder name) {
    return Arguments.of(what, name.name(), false);
  }

  private static Builder builder() {
    return new Builder();
  }

  private static final class Builder {

    private final X500NameBuilder builder = new X500NameBuilder(BCStyle.INSTANCE);

    Builder o(String text) {
      return add(BCStyle.O, new DERUTF8String(text));
    }

    Builder cn(String text) {
      return add(BCStyle.CN, new DERUTF8String(text));
    }

    Builder add(ASN1ObjectIdentifier type, ASN1Encodable value) {
      builder.addRDN(type, value);
      return this;
    }

    Builder both(String organization, String commonName) {
      builder.addMultiValuedRDN(
          new ASN1ObjectIdentifier[] {BCStyle.O, BCStyle.CN},
          new ASN1Encodable[] {new DERUTF8String(organization), new DERUTF8String(commonName)});
      return this;
    }

    DistinguishedName name() {
      try {
        return DistinguishedName.parse(builder.build().getEncoded(ASN1Encoding.DER));
      } catch (IOException impossible) {
        throw new IllegalStateException(impossible);
      }
    }
  }

  private static GeneralNames names(String... dns) {
    return new GeneralNames(
        Stream.of(dns)
            .map(name -> new GeneralName(GeneralName.dNSName, name))
            .toArray(GeneralName[]::new));
  }

  /// A certificate that an owner of ours could present.
  private Certificate certificate(DistinguishedName subject, Optional<GeneralNames> names) {
    var csr =
        names.isPresent()
            ? TestRequests.withSubjectAltName(KEY, subject, names.get())
            : FakeDevice.csr(KEY, subject);
    var request =
        new IssuanceRequest(
            new Requester.Internal(PUMP, 1, "test"),
            csr,
            profile(TestProfiles.DEVICE.rotation()),
            Purpose.ENROLL);
    if (policy.decide(request, NOW) instanceof Decision.Approved approved) {
      var tbs =
          new CertificateTemplate(TestHierarchy.URLS)
              .fill(
                  approved,
                  AUTHORITY.authority(CrlScope.END_ENTITIES),
                  new SerialNumber(BigInteger.TEN),
                  NOW);
      return tbs.withSignature(AUTHORITY.key().sign(tbs.der().toByteArray()));
    }
    throw new AssertionError("not approved");
  }

  @Test
  @Tag("E8")
  void aFailedLinkIsRefusedUnderEveryProfileAndAMissingOneWhereItIsRequired() {
    for (var linking : Linking.values()) {
      assertThat(decide(linking, new IdentityLink.Failed("wrong")))
          .isEqualTo(new Decision.Refused(new Refusal(Reason.LINKING_FAILED, "wrong")));
      assertThat(decide(linking, new IdentityLink.Verified()))
          .isInstanceOf(Decision.Approved.class);
      assertThat(decide(linking, new IdentityLink.Vouched())).isInstanceOf(Decision.Approved.class);
    }
    assertThat(decide(Linking.WHEN_PRESENT, new IdentityLink.Absent("that")))
        .isInstanceOf(Decision.Approved.class);
    assertThat(decide(Linking.REQUIRED, new IdentityLink.Absent("that")))
        .isEqualTo(
            new Decision.Refused(
                new Refusal(
                    Reason.LINKING_REQUIRED,
                    "label device wants requests that are tied to their TLS connection: that")));
  }

  @Test
  @Tag("E8")
  void aRequestWithALinkThatNobodyVerifiedDoesNotExist() {
    var csr =
        Csr.sign(
            DistinguishedName.ofCommonName("pump"),
            KEY.publicKey(),
            List.of(new CsrAttribute.ChallengePassword("x")),
            KEY.algorithm(),
            KEY::sign);

    assertThatThrownBy(() ->
            new IssuanceRequest(
                new Requester.BySecret(PUMP, 1, "1"),
                Csr.parse(csr.toByteArray()),
                TestProfiles.DEVICE,
                Purpose.ENROLL,
                Origin.INTERNAL,
                new IdentityLink.Absent("")))
        .isInstanceOf(IllegalArgumentException.class);
  }

  private Decision decide(Linking linking, IdentityLink link) {
    return policy.decide(
        new IssuanceRequest(
            new Requester.BySecret(PUMP, 1, "1"),
            FakeDevice.csr(KEY, DistinguishedName.ofCommonName("pump")),
            ProfileLike.of(TestProfiles.DEVICE).rules(RulesLike.usual().linking(linking)).profile(),
            Purpose.ENROLL,
            Origin.INTERNAL,
            link),
        NOW);
  }

  private static IssuanceRequest renewal(Certificate presented, Csr csr) {
    return renewal(presented, csr, profile(TestProfiles.DEVICE.rotation()));
  }

  private static IssuanceRequest renewal(
      Certificate presented, Csr csr, CertificateProfile profile) {
    return new IssuanceRequest(
        new Requester.ByCertificate(PUMP, 1, presented), csr, profile, Purpose.REENROLL);
  }

  /// Like `device`, but with names as they are asked for.
  private static CertificateProfile profile(RotationPolicy rotation) {
    return ProfileLike.of(TestProfiles.DEVICE)
        .named("named")
        .keys(KeyPolicy.anyStrong())
        .subject(Subject.AS_REQUESTED)
        .names(Names.AS_REQUESTED)
        .rotation(rotation)
        .withoutRules()
        .profile();
  }

  private static void assertRefused(Decision decision, Reason reason) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Refused.class,
            refused -> assertThat(refused.refusal().reason()).isEqualTo(reason));
  }

  private static RotationPolicy rotation(int sameKey, NameMatch match, boolean changeNames) {
    return new RotationPolicy(
        0.6, true, sameKey, Supersede.ON_CONFIRM, Optional.empty(), match, changeNames);
  }

  /// Lets a device have its id under two domains.
  private static CertificateProfile within(RotationPolicy rotation) {
    return ProfileLike.of(TestProfiles.DEVICE)
        .names(
            new Names.Within(
                new AllowedNames(
                    List.of("{id}.old.example", "{id}.new.example"), List.of(), List.of(), false)))
        .rotation(rotation)
        .profile();
  }

  private static Csr changing(String host, ChangeSubjectName change) throws Exception {
    var names = new ExtensionRequest(RequestedExtension.subjectAltName(der(names(host))));
    return Csr.parse(
        Csr.sign(
                PUMP_NAME,
                NEW_KEY.publicKey(),
                List.of(names, change),
                NEW_KEY.algorithm(),
                NEW_KEY::sign)
            .toByteArray());
  }

  private static Der der(GeneralNames names) throws IOException {
    return Der.of(names.getEncoded(ASN1Encoding.DER));
  }
}
