package dev.nameplate.est;

import static dev.nameplate.est.FullPkiRequests.certify;
import static dev.nameplate.est.FullPkiRequests.control;
import static dev.nameplate.est.FullPkiRequests.finished;
import static dev.nameplate.est.FullPkiRequests.pkiData;
import static dev.nameplate.est.FullPkiRequests.post;
import static dev.nameplate.est.FullPkiRequests.revoke;
import static dev.nameplate.est.FullPkiRequests.said;
import static dev.nameplate.est.FullPkiRequests.senderNonce;
import static dev.nameplate.est.FullPkiRequests.signed;
import static dev.nameplate.est.FullPkiRequests.tcr;
import static dev.nameplate.est.FullPkiRequests.transactionId;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import java.math.BigInteger;
import java.time.Duration;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DERGeneralizedTime;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERTaggedObject;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.cmc.BodyPartID;
import org.bouncycastle.asn1.cmc.CMCFailInfo;
import org.bouncycastle.asn1.cmc.CMCObjectIdentifiers;
import org.bouncycastle.asn1.cmc.CMCStatus;
import org.bouncycastle.asn1.cmc.TaggedAttribute;
import org.bouncycastle.asn1.cmc.TaggedContentInfo;
import org.bouncycastle.asn1.cmc.TaggedRequest;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerIdentifier;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// CMC itself: what is in a message, and what becomes of it.
@Tag("F1")
final class Rfc5272Test {

  private static final byte[] NONCE = {1, 2, 3, 4, 5, 6, 7, 8};

  private final EstFixture est = EstFixture.start();
  private FakeDevice pump = FakeDevice.fresh("pump-0017");

  @BeforeEach
  void enroll() throws Exception {
    pump = est.enrolled("pump-0017");
  }

  @AfterEach
  void stop() {
    est.close();
  }

  // section 3.2: the message

  @Test
  void section32AMessageHasOneSigner() throws Exception {
    var content = certify(pump.rekeyed().csr());
    var nobody = new CMSSignedDataGenerator();
    var two = new CMSSignedDataGenerator();
    FullPkiRequests.addSigner(two, pump.key(), pump.certificate(), "SHA256withECDSA");
    FullPkiRequests.addSigner(two, pump.key(), pump.certificate(), "SHA384withECDSA");

    refused(
        sent(finished(nobody, CMCObjectIdentifiers.id_cct_PKIData, content, true)),
        400,
        CMCFailInfo.badMessageCheck,
        0,
        "has 0 signers");
    refused(
        sent(finished(two, CMCObjectIdentifiers.id_cct_PKIData, content, true)),
        400,
        CMCFailInfo.badMessageCheck,
        0,
        "has 2 signers");
  }

  @Test
  void section32WhatIsSignedIsPkiDataAndIsInTheMessage() throws Exception {
    var content = certify(pump.rekeyed().csr());

    refused(
        sent(bySigner("SHA256withECDSA", PKCSObjectIdentifiers.data, content, true)),
        400,
        CMCFailInfo.badRequest,
        0,
        "signed content of type 1.2.840.113549.1.7.1");
    refused(
        sent(bySigner("SHA256withECDSA", CMCObjectIdentifiers.id_cct_PKIData, content, false)),
        400,
        CMCFailInfo.badRequest,
        0,
        "what was signed is not in it");
    refused(
        sent(bySigner("SHA256withECDSA", CMCObjectIdentifiers.id_cct_PKIResponse, content, true)),
        400,
        CMCFailInfo.badRequest,
        0,
        "signed content of type");
  }

  @Test
  void section32SignedAttributesAreThere() throws Exception {
    var content = certify(pump.rekeyed().csr());
    var message = signed(content, pump);
    var info = SignerInfo.getInstance(signedData(message).getSignerInfos().getObjectAt(0));
    var bare =
        new SignerInfo(
            info.getSID(),
            info.getDigestAlgorithm(),
            (ASN1Set) null,
            info.getDigestEncryptionAlgorithm(),
            new DEROctetString(pump.key().sign(content)),
            (ASN1Set) null);

    refused(
        sent(with(message, content, bare)),
        400,
        CMCFailInfo.badMessageCheck,
        0,
        "signed attributes");
  }

  @Test
  void section32TheSignerMayBeNamedByItsKeyIdentifier() throws Exception {
    var content = certify(pump.rekeyed().csr());
    var message = signed(content, pump);
    var info = SignerInfo.getInstance(signedData(message).getSignerInfos().getObjectAt(0));
    var right = HexFormat.of().parseHex(pump.certificate().subjectKeyIdentifier().orElseThrow());

    assertThat(sent(with(message, content, named(info, right))).status()).isEqualTo(200);
    refused(
        sent(with(message, content, named(info, new byte[20]))),
        403,
        CMCFailInfo.badIdentity,
        0,
        "by another");
  }

  @Test
  void section32WeakHashesAreBadAlg() throws Exception {
    var message =
        bySigner(
            "SHA1withECDSA",
            CMCObjectIdentifiers.id_cct_PKIData,
            certify(pump.rekeyed().csr()),
            true);

    refused(sent(message), 400, CMCFailInfo.badAlg, 0, "is not accepted");
  }

  @Test
  void section32AContentThatWasChangedIsRefused() throws Exception {
    var one = certify(pump.rekeyed().csr());
    var other = certify(pump.rekeyed().csr());
    var message = signed(one, pump);
    var info = SignerInfo.getInstance(signedData(message).getSignerInfos().getObjectAt(0));

    refused(sent(with(message, other, info)), 400, CMCFailInfo.badMessageCheck, 0, "digest");
  }

  // section 3.2.1: what is asked for

  @Test
  void section321BodyPartIdsAreUniqueAndNotZero() throws Exception {
    var csr = pump.rekeyed().csr();

    refused(
        data(List.of(transactionId(1, 5)), tcr(1, csr)),
        400,
        CMCFailInfo.badRequest,
        1,
        "is there twice");
    refused(data(List.of(), tcr(0, csr)), 400, CMCFailInfo.badRequest, 0, "between 1 and");
  }

  @Test
  void section321OneThingAtATime() throws Exception {
    var first = pump.rekeyed();
    var second = pump.rekeyed();
    int before = est.audited(AuditEvent.Issuing.class).size();

    refused(
        data(List.of(), tcr(1, first.csr()), tcr(2, second.csr())),
        400,
        CMCFailInfo.badRequest,
        0,
        "asks for 2 things");
    refused(data(List.of(transactionId(1, 5))), 400, CMCFailInfo.badRequest, 0, "asks for 0");
    assertThat(est.audited(AuditEvent.Issuing.class)).hasSize(before);
  }

  @Test
  void section3211AControlThatIsNotUnderstoodIsNotPassedOver() throws Exception {
    var identification =
        control(7, CMCObjectIdentifiers.id_cmc_identification, new DERUTF8String("pump"));

    refused(
        data(List.of(identification), tcr(1, pump.rekeyed().csr())),
        400,
        CMCFailInfo.badRequest,
        7,
        "1.3.6.1.5.5.7.7.2 is not offered here");
  }

  @Test
  void section3212RequestsInCrmfAndOfOtherKindsAreNotOffered() throws Exception {
    var crm = new DERTaggedObject(false, 1, new DERSequence(new DERSequence(new ASN1Integer(4))));
    var orm =
        new DERTaggedObject(
            false,
            2,
            new DERSequence(
                new ASN1Encodable[] {
                  new ASN1Integer(9), new ASN1ObjectIdentifier("1.2.3"), DERNull.INSTANCE
                }));

    refused(
        sent(signed(raw(new DERSequence(), new DERSequence(crm)), pump)),
        400,
        CMCFailInfo.badRequest,
        0,
        "CRMF");
    refused(
        sent(signed(raw(new DERSequence(), new DERSequence(orm)), pump)),
        400,
        CMCFailInfo.badRequest,
        9,
        "only PKCS#10");
  }

  @Test
  void section3213MessagesWithinTheMessageAreNotOffered() throws Exception {
    var inner =
        new TaggedContentInfo(
            new BodyPartID(5),
            ContentInfo.getInstance(signed(certify(pump.rekeyed().csr()), pump)));
    var message = pkiData(List.of(), List.of(tcr(1, pump.rekeyed().csr())), inner);

    refused(sent(signed(message, pump)), 400, CMCFailInfo.badRequest, 0, "within the message");
  }

  // section 6.6: what the answer is recognized by

  @Test
  void section66TransactionAndNonceComeBackWithTheCertificate() throws Exception {
    var rekeyed = pump.rekeyed();
    var answer =
        data(List.of(transactionId(3, 4711), senderNonce(4, NONCE)), tcr(9, rekeyed.csr()));

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    var said = said(answer);
    assertThat(said.status()).isEqualTo(CMCStatus.success);
    assertThat(said.failure()).isEmpty();
    assertThat(said.part()).isEqualTo(9);
    assertThat(said.transactionId()).contains(BigInteger.valueOf(4711));
    assertThat(said.recipientNonce().orElseThrow()).isEqualTo(NONCE);
    assertThat(said.certificates())
        .extracting(Certificate::publicKey)
        .containsExactly(rekeyed.key().publicKey());
  }

  @Test
  void section66TheyComeBackWithARefusalToo() throws Exception {
    var answer = data(List.of(transactionId(3, 4711), senderNonce(4, NONCE)));

    var said = said(answer);
    assertThat(said.status()).isEqualTo(CMCStatus.failed);
    assertThat(said.transactionId()).contains(BigInteger.valueOf(4711));
    assertThat(said.recipientNonce().orElseThrow()).isEqualTo(NONCE);
  }

  @Test
  void section66TheyAreThereOnceAndShort() throws Exception {
    var csr = pump.rekeyed().csr();

    refused(
        data(List.of(senderNonce(2, new byte[65])), tcr(1, csr)),
        400,
        CMCFailInfo.badRequest,
        2,
        "longer than");
    refused(
        data(List.of(transactionId(2, 1), transactionId(3, 1)), tcr(1, csr)),
        400,
        CMCFailInfo.badRequest,
        2,
        "twice");
    refused(
        data(
            List.of(control(2, CMCObjectIdentifiers.id_cmc_senderNonce, new ASN1Integer(1))),
            tcr(1, csr)),
        400,
        CMCFailInfo.badRequest,
        2,
        "wrong type");
  }

  // section 6.11: revocation

  @Test
  void section611ADeviceRevokesItsOwnCertificate() throws Exception {
    var answer = sent(signed(revoke(pump.certificate(), RevocationReason.KEY_COMPROMISE), pump));

    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(said(answer).status()).isEqualTo(CMCStatus.success);
    assertThat(said(answer).part()).isEqualTo(1);
    assertRevoked(pump.certificate(), RevocationReason.KEY_COMPROMISE);
    assertThat(est.audited(AuditEvent.Revoked.class).getLast())
        .contains("device:pump-0017 (certificate:" + pump.certificate().sha256() + ")");
    // asked again it is somebody whom we do not trust any more
    refused(
        sent(signed(revoke(pump.certificate(), RevocationReason.KEY_COMPROMISE), pump)),
        403,
        CMCFailInfo.badIdentity,
        0,
        "was revoked");
  }

  @Test
  void section611ADeviceRevokesNobodyElses() throws Exception {
    var other = est.enrolled("pump-0018");

    refused(
        sent(signed(revoke(other.certificate(), RevocationReason.SUPERSEDED), pump)),
        403,
        CMCFailInfo.badIdentity,
        1,
        "may not revoke a certificate of device:pump-0018");
    assertGood(other.certificate());
    assertThat(est.audited(AuditEvent.Refused.class).getLast()).contains("device:pump-0018");
  }

  @Test
  @Tag("S11")
  void section611AStationRevokesWhatItsLabelIssuedAndMayAskAgain() throws Exception {
    var line = est.station("line-1", TestProfiles.STATION, Set.of("found"));
    var valve = enrolledBy(line, "valve-7");
    var message = signed(revoke(valve, RevocationReason.CESSATION_OF_OPERATION), line);
    try (var client = EstClient.of(est, line)) {
      assertThat(said(post(client, "found/fullcmc", message)).status())
          .isEqualTo(CMCStatus.success);
      assertThat(said(post(client, "found/fullcmc", message)).status())
          .isEqualTo(CMCStatus.success);
      refused(
          post(client, "found/fullcmc", signed(revoke(valve, RevocationReason.SUPERSEDED), line)),
          409,
          CMCFailInfo.badRequest,
          1,
          "revoked before for another reason");
    }
    assertRevoked(valve, RevocationReason.CESSATION_OF_OPERATION);
    assertThat(est.audited(AuditEvent.Revoked.class))
        .singleElement()
        .satisfies(row -> assertThat(row).contains("device:valve-7", "station:line-1"));
  }

  @Test
  @Tag("S11")
  void section611AStationRevokesNothingOfALabelThatItDoesNotWorkFor() throws Exception {
    var line = est.station("line-1", TestProfiles.STATION, Set.of("found"));
    var other = est.station("line-2", TestProfiles.STATION, Set.of("made"));
    var valve = enrolledBy(line, "valve-7");
    var message = signed(revoke(valve, RevocationReason.SUPERSEDED), other);
    try (var client = EstClient.of(est, other)) {
      refused(
          post(client, "found/fullcmc", message),
          403,
          CMCFailInfo.badIdentity,
          1,
          "does not enroll devices for found");
      // under its own label the certificate does not exist
      refused(
          post(client, "made/fullcmc", message), 403, CMCFailInfo.badCertId, 1, "under this label");
    }
    assertGood(valve);
  }

  @Test
  void section611WhatIsRevokedMustBeOurs() throws Exception {
    var issuer = X500Name.getInstance(pump.certificate().issuer().der().toByteArray());
    var serial = pump.certificate().serial().value();

    refused(
        sent(signed(revoke(issuer, serial.add(BigInteger.ONE), 1, Optional.empty()), pump)),
        403,
        CMCFailInfo.badCertId,
        1,
        "no certificate with serial");
    refused(
        sent(signed(revoke(new X500Name("CN=Other"), serial, 1, Optional.empty()), pump)),
        403,
        CMCFailInfo.badCertId,
        1,
        "no certificate with serial");
    assertGood(pump.certificate());
  }

  @Test
  void section611OnlyReasonsOfDevicesAndPossibleTimesAreTaken() throws Exception {
    var issuer = X500Name.getInstance(pump.certificate().issuer().der().toByteArray());
    var serial = pump.certificate().serial().value();
    var tomorrow = new DERGeneralizedTime(Date.from(est.clock.instant().plus(Duration.ofDays(1))));

    // cACompromise, certificateHold, removeFromCRL, aACompromise
    for (int reason : new int[] {2, 6, 8, 10}) {
      refused(
          sent(signed(revoke(issuer, serial, reason, Optional.empty()), pump)),
          400,
          CMCFailInfo.badRequest,
          1,
          "reason");
    }
    refused(
        sent(signed(revoke(issuer, serial, 1, Optional.of(tomorrow)), pump)),
        400,
        CMCFailInfo.badRequest,
        1,
        "in the future");
    assertGood(pump.certificate());
  }

  // everything else

  /// Each with a fixed seed: whatever breaks is found again.
  @Test
  void whateverIsSentIsRefusedAndNeverAFaultOfOurs() throws Exception {
    var message =
        signed(
            pkiData(
                List.of(transactionId(3, 4711), senderNonce(4, NONCE)),
                List.of(tcr(1, pump.rekeyed().csr()))),
            pump);
    var inner =
        pkiData(
            List.of(transactionId(3, 4711), senderNonce(4, NONCE)),
            List.of(tcr(1, pump.rekeyed().csr())));
    var chance = new Random(20261123);
    try (var client = EstClient.of(est, pump)) {
      for (int i = 0; i < 400; i++) {
        // half of them within a signature that is right
        var sent = i % 2 == 0 ? mutated(message, chance) : signed(mutated(inner, chance), pump);
        var answer = post(client, "fullcmc", sent);

        assertThat(answer.status()).as("mutation %d", i).isIn(200, 400, 403);
        assertThat(said(answer).sentence()).isNotBlank();
      }
    }
  }

  private EstClient.Answer sent(byte[] message) throws Exception {
    try (var client = EstClient.of(est, pump)) {
      return post(client, "fullcmc", message);
    }
  }

  private EstClient.Answer data(List<TaggedAttribute> controls, TaggedRequest... requests)
      throws Exception {
    return sent(signed(pkiData(controls, List.of(requests)), pump));
  }

  private byte[] bySigner(
      String algorithm, ASN1ObjectIdentifier type, byte[] content, boolean encapsulated)
      throws Exception {
    var generator = new CMSSignedDataGenerator();
    FullPkiRequests.addSigner(generator, pump.key(), pump.certificate(), algorithm);
    return finished(generator, type, content, encapsulated);
  }

  private Certificate enrolledBy(FakeDevice station, String device) throws Exception {
    try (var client = EstClient.of(est, station)) {
      return post(client, "found/fullcmc", signed(certify(FakeDevice.fresh(device).csr()), station))
          .certificate();
    }
  }

  private void assertRevoked(Certificate certificate, RevocationReason reason) {
    assertThat(est.store.status(est.issuer(), certificate.serial()))
        .isInstanceOfSatisfying(
            CertificateStatus.Revoked.class,
            revoked -> assertThat(revoked.reason()).isEqualTo(reason));
  }

  private void assertGood(Certificate certificate) {
    assertThat(est.store.status(est.issuer(), certificate.serial()))
        .isInstanceOf(CertificateStatus.Good.class);
  }

  private static byte[] raw(ASN1Sequence controls, ASN1Sequence requests) throws Exception {
    var parts = new ASN1EncodableVector();
    parts.add(controls);
    parts.add(requests);
    parts.add(new DERSequence());
    parts.add(new DERSequence());
    return new DERSequence(parts).getEncoded(ASN1Encoding.DER);
  }

  private static SignedData signedData(byte[] message) {
    return SignedData.getInstance(ContentInfo.getInstance(message).getContent());
  }

  private static SignerInfo named(SignerInfo info, byte[] keyIdentifier) {
    return new SignerInfo(
        new SignerIdentifier(new DEROctetString(keyIdentifier)),
        info.getDigestAlgorithm(),
        info.getAuthenticatedAttributes(),
        info.getDigestEncryptionAlgorithm(),
        info.getEncryptedDigest(),
        (ASN1Set) null);
  }

  /// The message with this content and this signer.
  private static byte[] with(byte[] message, byte[] content, SignerInfo info) throws Exception {
    var old = signedData(message);
    var changed =
        new SignedData(
            old.getDigestAlgorithms(),
            new ContentInfo(
                old.getEncapContentInfo().getContentType(), new DEROctetString(content)),
            old.getCertificates(),
            null,
            new DERSet(info));
    return new ContentInfo(PKCSObjectIdentifiers.signedData, changed).getEncoded(ASN1Encoding.DER);
  }

  /// One to four octets are changed, cut out or doubled.
  private static byte[] mutated(byte[] original, Random chance) {
    var bytes = original.clone();
    for (int i = 1 + chance.nextInt(4); i > 0; i--) {
      int at = chance.nextInt(bytes.length);
      switch (chance.nextInt(3)) {
        case 0 -> bytes[at] = (byte) chance.nextInt(256);
        case 1 -> bytes[at] ^= (byte) (1 << chance.nextInt(8));
        default -> {
          int length = 1 + chance.nextInt(8);
          var cut = new byte[Math.max(1, bytes.length - length)];
          System.arraycopy(bytes, 0, cut, 0, Math.min(at, cut.length));
          if (at + length < bytes.length) {
            System.arraycopy(bytes, at + length, cut, at, bytes.length - at - length);
          }
          bytes = cut;
        }
      }
    }
    return bytes;
  }

  private static void refused(
      EstClient.Answer answer, int status, CMCFailInfo why, long part, String sentence)
      throws Exception {
    assertThat(answer.status()).as(answer.text()).isEqualTo(status);
    var said = said(answer);
    assertThat(said.status()).isEqualTo(CMCStatus.failed);
    assertThat(said.failure()).contains(why);
    assertThat(said.part()).isEqualTo(part);
    assertThat(said.sentence()).contains(sentence);
  }
}
