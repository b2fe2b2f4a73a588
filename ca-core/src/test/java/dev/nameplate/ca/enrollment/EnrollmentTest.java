package dev.nameplate.ca.enrollment;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.CertificateProfile.KeyUsage;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.ProfileLike;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.TestHierarchy.Stores;
import dev.nameplate.ca.testing.TestProfiles;
import dev.nameplate.ca.testing.TestRequests;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.TBSCertificate;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What a request gets, the first time and again, and what is remembered of it.
class EnrollmentTest {

  private final RandomGenerator random = new SecureRandom();
  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(new Stores(store, store, store, store), clock, random);
  private final FakeDevice pump = FakeDevice.named("pump-0017");

  // The first certificate

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      // seconds to make, and the same code as RSA_2048
      names = {"RSA_3072", "RSA_4096"},
      mode = EnumSource.Mode.EXCLUDE)
  void aRegisteredDeviceGetsACertificateForItsNameAndKey(KeyType type) {
    var device = FakeDevice.named("pump-0017", SoftwareSigningKey.generate(type));
    pki.register(device);
    var asked = pki.request(device, pki.secretFor(device, 1));
    var any = ProfileLike.of(TestProfiles.DEVICE).keys(KeyPolicy.anyStrong()).profile();
    var certificate =
        TestHierarchy.certificate(
            enroll(new IssuanceRequest(asked.requester(), asked.csr(), any, Purpose.ENROLL)));

    assertThat(certificate.subject()).isEqualTo(DistinguishedName.ofCommonName("pump-0017"));
    assertThat(certificate.publicKey()).isEqualTo(device.key().publicKey());
    assertThat(certificate.isSignedBy(pki.issuingKey().publicKey())).isTrue();
    assertThat(store.find(device.owner()).orElseThrow().state()).isEqualTo(OwnerState.ENROLLED);
    assertThat(status(certificate)).isInstanceOf(CertificateStatus.Good.class);
  }

  @Test
  void itsValidityBeginsBeforeNowAndLastsAsTheProfileSays() {
    clock.advance(Duration.ofDays(1));
    pki.register(pump);
    var certificate = enrolled(pump, pki.secretFor(pump, 1));

    assertThat(certificate.notBefore())
        .isEqualTo(clock.instant().minus(TestProfiles.DEVICE.backdate()));
    assertThat(Duration.between(certificate.notBefore(), certificate.notAfter().plusSeconds(1)))
        .isEqualTo(TestProfiles.DEVICE.validity());
  }

  @Test
  void noCertificateOutlivesItsIssuer() {
    var own = pki.issuing().certificate().orElseThrow();
    clock.set(own.notAfter().minus(Duration.ofDays(10)));
    pki.register(pump);

    assertThat(enrolled(pump, pki.secretFor(pump, 1)).notAfter()).isEqualTo(own.notAfter());
  }

  @Test
  void anIssuerSignsUntilItsLastSecondAndNotOneMore() {
    var own = pki.issuing().certificate().orElseThrow();
    pki.register(pump);
    clock.set(own.notAfter());
    var secret = pki.secretFor(pump, 2);
    assertThat(enroll(pump, secret)).isInstanceOf(EnrollmentResult.Issued.class);
    var signatures = pki.issuingKey().signatures();

    pump.makeNewKey();
    clock.advance(Duration.ofSeconds(1));
    assertRefused(enroll(pump, secret), Reason.ISSUER_NOT_VALID);
    assertThat(pki.issuingKey().signatures()).isEqualTo(signatures);
  }

  @Test
  void whatARequestAsksForBesidesItIsNotGranted() throws Exception {
    pki.register(pump);
    var secret = pki.secretFor(pump, 2);
    var plain = enrolled(pump, secret);
    var greedy =
        TestRequests.withExtensions(
            pump.key(),
            DistinguishedName.of("Acme", "Acme Root CA"),
            extension(Extension.basicConstraints, new BasicConstraints(true)),
            extension(
                Extension.extendedKeyUsage, new ExtendedKeyUsage(KeyPurposeId.anyExtendedKeyUsage)),
            extension(
                Extension.subjectAlternativeName,
                new GeneralNames(new GeneralName(GeneralName.dNSName, "est.example"))));
    var granted = TestHierarchy.certificate(enroll(request(pump, secret, greedy)));

    assertThat(granted.serial()).isNotEqualTo(plain.serial());
    var one = tbs(plain);
    var other = tbs(granted);
    assertThat(other.getSubject()).isEqualTo(one.getSubject());
    assertThat(other.getExtensions().getEncoded()).isEqualTo(one.getExtensions().getEncoded());
    assertThat(other.getValidity()).isEqualTo(one.getValidity());
    assertThat(other.getIssuer()).isEqualTo(one.getIssuer());
    assertThat(other.getSubjectPublicKeyInfo()).isEqualTo(one.getSubjectPublicKeyInfo());
  }

  @Test
  void aKeyThatTheProfileDoesNotAllowIsRefusedByItsType() {
    var device = FakeDevice.named("pump-0017", SoftwareSigningKey.generate(KeyType.RSA_2048));
    pki.register(device);
    var strict =
        ProfileLike.of(TestProfiles.DEVICE).keys(new KeyPolicy(Set.of(KeyType.EC_P256))).profile();
    var request =
        new IssuanceRequest(
            pki.request(device, pki.secretFor(device, 1)).requester(),
            device.csr(),
            strict,
            Purpose.ENROLL);

    assertThat(assertRefused(enroll(request), Reason.KEY_TYPE_NOT_ALLOWED))
        .isEqualTo("profile device does not allow rsa-2048 keys");
  }

  @Test
  void aProfileThatWouldBreakTheRulesNeverSigns() {
    pki.register(pump);
    var unsound =
        ProfileLike.of(TestProfiles.DEVICE).keyUsage(Set.of(KeyUsage.KEY_CERT_SIGN)).profile();
    var asked = pki.request(pump, pki.secretFor(pump, 1));
    var before = pki.issuingKey().signatures();

    var detail =
        assertRefused(
            enroll(new IssuanceRequest(asked.requester(), asked.csr(), unsound, Purpose.ENROLL)),
            Reason.PROFILE_UNSOUND);
    assertThat(detail).contains("profile device", "keyCertSign without CA:TRUE");
    assertThat(pki.issuingKey().signatures()).isEqualTo(before);
    assertThat(store.list(CertificateQuery.ofOwner(pump.owner()))).isEmpty();
    assertThat(usesLeft(pump)).isOne();
  }

  // Asking twice

  @Test
  void theSameRequestGetsTheSameBytesAndSpendsNothing() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);
    var first = enrolled(pump, secret);
    clock.advance(Duration.ofDays(3));

    assertThat(enroll(pump, secret)).isEqualTo(new EnrollmentResult.Issued(first, true));
    assertThat(usesLeft(pump)).isZero();
    assertThat(store.list(CertificateQuery.ofOwner(pump.owner()))).hasSize(1);
  }

  @Test
  void anotherProofOfPossessionDoesNotMakeItAnotherRequest() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);
    var name = DistinguishedName.ofCommonName("pump-0017");
    var first = enroll(request(pump, secret, TestRequests.withChallenge(pump.key(), name, "one")));
    var again = enroll(request(pump, secret, TestRequests.withChallenge(pump.key(), name, "two")));

    assertThat(again)
        .isEqualTo(new EnrollmentResult.Issued(TestHierarchy.certificate(first), true));
  }

  @Test
  void aSpentSecretIsGoodForNothingElse() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);
    var first = enrolled(pump, secret);
    pump.makeNewKey();

    assertRefused(enroll(pump, secret), Reason.SECRET_SPENT);
    assertThat(status(first)).isInstanceOf(CertificateStatus.Good.class);
  }

  @Test
  void anExpiredSecretIsRefusedButAnAnswerThatIsThereIsGivenAgain() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 2);
    var first = enrolled(pump, secret);
    clock.advance(Duration.ofHours(24));

    assertThat(enroll(pump, secret)).isEqualTo(new EnrollmentResult.Issued(first, true));
    pump.makeNewKey();
    assertRefused(enroll(pump, secret), Reason.SECRET_EXPIRED);
  }

  @Test
  @Tag("E13")
  void anOutageOfTheTokenLeavesOneReservationNotOneForEachRetry() {
    pki.register(pump);
    var valve = FakeDevice.named("valve-3");
    pki.register(valve);
    var answered = pki.secretFor(valve, 1);
    var before = enrolled(valve, answered);
    var secret = pki.secretFor(pump, 1);
    pki.issuingKey().unplug();
    for (int retry = 0; retry < 30; retry++) {
      assertThat(catchAll(() -> enroll(pump, secret)))
          .hasValueSatisfying(away -> assertThat(away).isInstanceOf(SigningException.class));
    }

    assertThat(store.list(CertificateQuery.ofOwner(pump.owner()))).hasSize(1);
    assertThat(enrolled(valve, answered)).isEqualTo(before);
    pki.issuingKey().plugBackIn();
    assertThat(enrolled(pump, secret)).isNotNull();
  }

  @Test
  void aSecretThatExpiredPaysForNothingNewNotEvenForWhatFailedBefore() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);
    pki.issuingKey().unplug();
    assertThat(catchAll(() -> enroll(pump, secret))).isPresent();
    pki.issuingKey().plugBackIn();
    clock.advance(Duration.ofHours(24));

    assertRefused(enroll(pump, secret), Reason.SECRET_EXPIRED);
  }

  @Test
  void onceItWasUsedTheSameRequestIsNotPendingAnyMore() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);
    var first = enrolled(pump, secret);
    use(first);

    assertRefused(enroll(pump, secret), Reason.SECRET_SPENT);
  }

  @Test
  void anotherKeyTakesThePlaceOfThePendingOne() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 2);
    var first = enrolled(pump, secret);
    pump.makeNewKey();
    var second = enrolled(pump, secret);

    assertThat(status(first))
        .isInstanceOfSatisfying(
            CertificateStatus.Revoked.class,
            revoked -> assertThat(revoked.reason()).isEqualTo(RevocationReason.SUPERSEDED));
    assertThat(status(second)).isInstanceOf(CertificateStatus.Good.class);
    assertThat(slots()).containsExactly(Slot.PENDING);
  }

  // One identity

  @Test
  void theOldCertificateEndsInTheMomentInWhichTheNewOneIsSeen() {
    var old = pki.enrolled(pump);
    pump.makeNewKey();
    var renewed = TestHierarchy.certificate(enroll(pki.renewal(pump, old)));
    assertThat(status(old)).isInstanceOf(CertificateStatus.Good.class);
    assertThat(slots()).containsExactlyInAnyOrder(Slot.PENDING, Slot.CONFIRMED);

    use(renewed);
    assertThat(status(old)).isInstanceOf(CertificateStatus.Revoked.class);
    assertThat(status(renewed)).isInstanceOf(CertificateStatus.Good.class);
    assertThat(slots()).containsExactly(Slot.CONFIRMED);
    assertThat(store.events())
        .filteredOn(AuditEvent.Revoked.class::isInstance)
        .singleElement()
        .isEqualTo(
            new AuditEvent.Revoked(
                pump.owner(),
                pki.issuing().id(),
                old.serial(),
                RevocationReason.SUPERSEDED,
                "nameplate"));
  }

  @Test
  void aRenewalThatNobodyUsesLeavesTheOldCertificateAsItWas() {
    var old = pki.enrolled(pump);
    pump.makeNewKey();
    var lost = TestHierarchy.certificate(enroll(pki.renewal(pump, old)));
    clock.advance(Duration.ofDays(20));
    use(old);
    assertThat(enroll(pki.renewal(pump, old))).isEqualTo(new EnrollmentResult.Issued(lost, true));

    pump.makeNewKey();
    var next = TestHierarchy.certificate(enroll(pki.renewal(pump, old)));
    assertThat(status(old)).isInstanceOf(CertificateStatus.Good.class);
    assertThat(status(lost)).isInstanceOf(CertificateStatus.Revoked.class);
    assertThat(status(next)).isInstanceOf(CertificateStatus.Good.class);
  }

  @Test
  void aRenewalMayKeepItsKeyWhereTheProfileSaysSo() {
    var old = pki.enrolled(pump);
    var renewed = TestHierarchy.certificate(enroll(pki.renewal(pump, old)));

    assertThat(renewed.publicKey()).isEqualTo(old.publicKey());
    assertThat(renewed.serial()).isNotEqualTo(old.serial());
  }

  @Test
  void aRevokedCertificateRenewsNothingAndGetsNoAnswerAgain() {
    var old = pki.enrolled(pump);
    pump.makeNewKey();
    var renewal = pki.renewal(pump, old);
    assertThat(enroll(renewal)).isInstanceOf(EnrollmentResult.Issued.class);
    store.revoke(
        pki.issuing().id(),
        old.serial(),
        RevocationReason.KEY_COMPROMISE,
        Optional.empty(),
        clock.instant(),
        "test");

    assertRefused(enroll(renewal), Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  void aCertificateThatExpiredWhileTheRequestWasUnderWayRenewsNothing() {
    var old = pki.enrolled(pump);
    pump.makeNewKey();
    clock.set(old.notAfter().plusSeconds(1));

    assertRefused(enroll(pki.renewal(pump, old)), Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  @Test
  void somebodyElsesCertificateRenewsNothing() {
    var theirs = pki.enrolled(FakeDevice.named("valve-3"));
    pki.register(pump);
    var mixedUp =
        new IssuanceRequest(
            new Requester.ByCertificate(pump.owner(), 1, theirs),
            pump.csr(),
            TestProfiles.DEVICE,
            Purpose.ENROLL);

    assertRefused(enroll(mixedUp), Reason.CREDENTIAL_NOT_ACCEPTED);
  }

  // Whose name, whose key

  @Test
  void aKeyBelongsToOneOwnerForEver() {
    pki.enrolled(pump);
    var thief = FakeDevice.named("valve-3", pump.key());
    pki.register(thief);

    assertRefused(enroll(thief, pki.secretFor(thief, 1)), Reason.KEY_BELONGS_TO_ANOTHER);
  }

  @Test
  void ourOwnKeysCannotBeEnrolledByAnybody() {
    var ours = List.of(pki.rootKey(), pki.issuingKey(), pki.ocspKey());
    for (int i = 0; i < ours.size(); i++) {
      var device = FakeDevice.named("pump-" + i, ours.get(i));
      pki.register(device);
      assertRefused(enroll(device, pki.secretFor(device, 1)), Reason.KEY_BELONGS_TO_ANOTHER);
    }
  }

  @Test
  void aStrangerAnotherLabelAndAnEarlierEpochAreRefused() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);
    var stranger = FakeDevice.named("nobody");

    assertRefused(enroll(stranger, secret), Reason.UNKNOWN_OWNER);
    var ofEpochTwo =
        new IssuanceRequest(
            new Requester.BySecret(pump.owner(), 2, secret.id()),
            pump.csr(),
            TestProfiles.DEVICE,
            Purpose.ENROLL);
    assertRefused(enroll(ofEpochTwo), Reason.CREDENTIAL_NOT_ACCEPTED);
    var asAdmin =
        new IssuanceRequest(
            new Requester.BySecret(pump.owner(), 1, secret.id()),
            pump.csr(),
            TestProfiles.ADMIN,
            Purpose.ENROLL);
    assertRefused(enroll(asAdmin), Reason.PROFILE_NOT_ALLOWED);
    assertThat(usesLeft(pump)).isOne();
  }

  @Test
  void somebodyElsesSecretIsGoodForNothing() {
    var valve = FakeDevice.named("valve-3");
    pki.register(pump);
    pki.register(valve);
    var theirs = pki.secretFor(valve, 1);

    assertRefused(enroll(pump, theirs), Reason.CREDENTIAL_NOT_ACCEPTED);
    assertThat(usesLeft(valve)).isOne();
  }

  @Test
  void aRetiredDeviceIsRefusedByNameKeySecretAndCertificate() {
    var certificate = pki.enrolled(pump);
    var secret = pki.secretFor(pump, 5);
    store.retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");

    // its secret, its certificate
    assertRefused(enroll(pump, secret), Reason.OWNER_RETIRED);
    assertRefused(enroll(pki.renewal(pump, certificate)), Reason.OWNER_RETIRED);
    pump.makeNewKey();
    assertRefused(enroll(pump, secret), Reason.OWNER_RETIRED);
    // its name, in whatever case
    var shouting = new DeviceId("PUMP-0017").owner();
    assertThat(
            store.register(
                shouting,
                "device",
                clock.instant(),
                new AuditEvent.OwnerRegistered(shouting, "device", "test")))
        .isInstanceOf(RegisterOutcome.NameRetired.class);
    assertThat(status(certificate)).isInstanceOf(CertificateStatus.Revoked.class);
  }

  @Test
  void aRetiredKeyIsRefusedUnderEveryOtherName() {
    pki.enrolled(pump);
    store.retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");
    var heir = FakeDevice.named("pump-0018", pump.key());
    pki.register(heir);

    assertRefused(enroll(heir, pki.secretFor(heir, 1)), Reason.KEY_RETIRED);
  }

  // What is written down

  @Test
  void whatWillBeSignedIsWrittenDownBeforeWhatWasSigned() {
    pki.register(pump);
    var certificate = enrolled(pump, pki.secretFor(pump, 1));

    var about = new ArrayList<AuditEvent>();
    for (var event : store.events()) {
      if (event.subject().equals(Optional.of(pump.owner()))) {
        about.add(event);
      }
    }
    assertThat(about)
        .extracting(AuditEvent::getClass)
        .extracting(Class::getSimpleName)
        .containsExactly("OwnerRegistered", "SecretIssued", "Issuing", "Issued");
    assertThat(about.get(2))
        .isInstanceOfSatisfying(
            AuditEvent.Issuing.class,
            issuing -> assertThat(issuing.serial()).isEqualTo(certificate.serial()));
  }

  @Test
  void refusalsAreWrittenDownWithTheirReason() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);
    enrolled(pump, secret);
    pump.makeNewKey();
    assertRefused(enroll(pump, secret), Reason.SECRET_SPENT);

    assertThat(store.events().getLast())
        .isInstanceOfSatisfying(
            AuditEvent.Refused.class,
            refused -> {
              assertThat(refused.reason()).isEqualTo(Reason.SECRET_SPENT);
              assertThat(refused.owner()).isEqualTo(pump.owner());
              assertThat(refused.credential()).isEqualTo("secret:" + secret.id());
            });
  }

  @Test
  void theAuditLogIsWholeAndHoldsNoSecret() {
    pki.register(pump);
    var secret = pki.secretFor(pump, 1);
    var old = enrolled(pump, secret);
    use(old);
    pump.makeNewKey();
    use(TestHierarchy.certificate(enroll(pki.renewal(pump, old))));
    store.retire(pump.owner(), RevocationReason.UNSPECIFIED, clock.instant(), "test");
    enroll(pump, secret);

    var verifier = new AuditVerifier();
    var text = new StringBuilder();
    store.rows(row -> {
      verifier.next(row);
      text.append(row);
    });
    assertThat(verifier.verdict()).isInstanceOf(AuditVerdict.Intact.class);
    assertThat(text.toString()).contains(secret.id()).doesNotContain(secret.text());
    assertThat(secret.toString()).doesNotContain(secret.text());
  }

  private EnrollmentResult enroll(IssuanceRequest request) {
    return pki.enrollment().enroll(request);
  }

  private EnrollmentResult enroll(FakeDevice device, IssuedSecret secret) {
    return enroll(pki.request(device, secret));
  }

  private Certificate enrolled(FakeDevice device, IssuedSecret secret) {
    return TestHierarchy.certificate(enroll(device, secret));
  }

  private static IssuanceRequest request(FakeDevice device, IssuedSecret secret, Csr csr) {
    return new IssuanceRequest(
        new Requester.BySecret(device.owner(), 1, secret.id()),
        csr,
        TestProfiles.DEVICE,
        Purpose.ENROLL);
  }

  private void use(Certificate certificate) {
    assertThat(pki.authentication().byCertificate(certificate.der().toByteArray(), Origin.INTERNAL))
        .isInstanceOf(AuthenticationResult.Known.class);
  }

  private CertificateStatus status(Certificate certificate) {
    return store.status(pki.issuing().id(), certificate.serial());
  }

  private int usesLeft(FakeDevice device) {
    return store.secrets(device.owner()).getFirst().usesLeft();
  }

  private List<Slot> slots() {
    return store.list(CertificateQuery.ofOwner(pump.owner())).stream()
        .filter(record -> record.state() == CertificateState.ISSUED)
        .flatMap(record -> record.slot().stream())
        .toList();
  }

  /// The detail of a refusal that must be there, and must be written down last.
  private String assertRefused(EnrollmentResult result, Reason reason) {
    if (result instanceof EnrollmentResult.Refused(var refusal) && refusal.reason() == reason) {
      assertThat(store.events().getLast())
          .isInstanceOfSatisfying(
              AuditEvent.Refused.class,
              refused -> assertThat(refused.detail()).isEqualTo(refusal.detail()));
      return refusal.detail();
    }
    throw new AssertionError("expected " + reason + ", got " + result);
  }

  private static Optional<RuntimeException> catchAll(Runnable what) {
    try {
      what.run();
      return Optional.empty();
    } catch (RuntimeException thrown) {
      return Optional.of(thrown);
    }
  }

  private static Extension extension(
      org.bouncycastle.asn1.ASN1ObjectIdentifier oid, ASN1Encodable value) throws Exception {
    return new Extension(oid, false, value.toASN1Primitive().getEncoded(ASN1Encoding.DER));
  }

  private static TBSCertificate tbs(Certificate certificate) {
    return TBSCertificate.getInstance(certificate.tbs().toByteArray());
  }
}
