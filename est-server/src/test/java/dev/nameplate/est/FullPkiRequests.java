package dev.nameplate.est;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cmc.BodyPartID;
import org.bouncycastle.asn1.cmc.CMCFailInfo;
import org.bouncycastle.asn1.cmc.CMCObjectIdentifiers;
import org.bouncycastle.asn1.cmc.CMCStatus;
import org.bouncycastle.asn1.cmc.CMCStatusInfoV2;
import org.bouncycastle.asn1.cmc.CertificationRequest;
import org.bouncycastle.asn1.cmc.OtherMsg;
import org.bouncycastle.asn1.cmc.PKIData;
import org.bouncycastle.asn1.cmc.PKIResponse;
import org.bouncycastle.asn1.cmc.RevokeRequest;
import org.bouncycastle.asn1.cmc.TaggedAttribute;
import org.bouncycastle.asn1.cmc.TaggedCertificationRequest;
import org.bouncycastle.asn1.cmc.TaggedContentInfo;
import org.bouncycastle.asn1.cmc.TaggedRequest;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.CRLReason;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.jcajce.JcaSignerInfoGeneratorBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.operator.jcajce.JcaDigestCalculatorProviderBuilder;
import org.bouncycastle.util.CollectionStore;

/// Full PKI Requests as Bouncy Castle makes them, and what it reads in the answers: its classes of
/// CMC, which the product does not use.
final class FullPkiRequests {

  static final String CMC_REQUEST = "application/pkcs7-mime; smime-type=CMC-request";
  static final String CMC_RESPONSE = "application/pkcs7-mime; smime-type=CMC-response";
  static final String CERTS_ONLY = "application/pkcs7-mime; smime-type=certs-only";

  /// What a Full PKI Response says.
  record Said(
      CMCStatus status,
      Optional<CMCFailInfo> failure,
      long part,
      String sentence,
      Optional<BigInteger> transactionId,
      Optional<byte[]> recipientNonce,
      List<Certificate> certificates) {}

  private FullPkiRequests() {}

  /// Asks for a certificate, in part 1, and for nothing else.
  static byte[] certify(byte[] csr) {
    return pkiData(List.of(), List.of(tcr(1, csr)));
  }

  /// Asks for the end of a certificate, in part 1.
  static byte[] revoke(Certificate certificate, RevocationReason reason) {
    return revoke(
        X500Name.getInstance(certificate.issuer().der().toByteArray()),
        certificate.serial().value(),
        reason.code(),
        Optional.empty());
  }

  static byte[] revoke(
      X500Name issuer, BigInteger serial, int reason, Optional<ASN1GeneralizedTime> invalidity) {
    var body =
        new RevokeRequest(
            issuer,
            new ASN1Integer(serial),
            CRLReason.lookup(reason),
            invalidity.orElse(null),
            null,
            null);
    return pkiData(List.of(control(1, CMCObjectIdentifiers.id_cmc_revokeRequest, body)), List.of());
  }

  static TaggedRequest tcr(long part, byte[] csr) {
    return new TaggedRequest(
        new TaggedCertificationRequest(
            new BodyPartID(part), CertificationRequest.getInstance(ASN1Sequence.getInstance(csr))));
  }

  static TaggedAttribute control(long part, ASN1ObjectIdentifier type, ASN1Encodable value) {
    return new TaggedAttribute(new BodyPartID(part), type, new DERSet(value));
  }

  static TaggedAttribute transactionId(long part, long value) {
    return control(part, CMCObjectIdentifiers.id_cmc_transactionId, new ASN1Integer(value));
  }

  static TaggedAttribute senderNonce(long part, byte[] value) {
    return control(part, CMCObjectIdentifiers.id_cmc_senderNonce, new DEROctetString(value));
  }

  static byte[] pkiData(
      List<TaggedAttribute> controls, List<TaggedRequest> requests, TaggedContentInfo... messages) {
    return encoded(
        new PKIData(
            controls.toArray(TaggedAttribute[]::new),
            requests.toArray(TaggedRequest[]::new),
            messages,
            new OtherMsg[0]));
  }

  static byte[] signed(byte[] pkiData, FakeDevice by) throws Exception {
    return signed(pkiData, by.key(), by.certificate());
  }

  /// @param claimed whose certificate the message says it was
  static byte[] signed(byte[] pkiData, SoftwareKey key, Certificate claimed) throws Exception {
    var generator = new CMSSignedDataGenerator();
    addSigner(generator, key, claimed, key.algorithm().jcaName());
    return finished(generator, CMCObjectIdentifiers.id_cct_PKIData, pkiData, true);
  }

  static void addSigner(
      CMSSignedDataGenerator generator, SoftwareKey key, Certificate claimed, String algorithm)
      throws Exception {
    var holder = new X509CertificateHolder(claimed.der().toByteArray());
    var info = new JcaSignerInfoGeneratorBuilder(new JcaDigestCalculatorProviderBuilder().build());
    generator.addSignerInfoGenerator(
        info.build(new JcaContentSignerBuilder(algorithm).build(key.privateKey()), holder));
    generator.addCertificates(new CollectionStore<>(List.of(holder)));
  }

  static byte[] finished(
      CMSSignedDataGenerator generator,
      ASN1ObjectIdentifier type,
      byte[] content,
      boolean encapsulated)
      throws Exception {
    return generator
        .generate(new CMSProcessableByteArray(type, content), encapsulated)
        .toASN1Structure()
        .getEncoded(ASN1Encoding.DER);
  }

  static EstClient.Answer post(EstClient client, String operation, byte[] message)
      throws IOException {
    return post(client, operation, message, CMC_REQUEST);
  }

  static EstClient.Answer post(
      EstClient client, String operation, byte[] message, String contentType) throws IOException {
    var body = Base64.getEncoder().encode(message);
    return client.raw(
        "POST",
        EstClient.EST + operation,
        body,
        "Content-Type: " + contentType,
        "Content-Length: " + body.length);
  }

  static Said said(EstClient.Answer answer) throws Exception {
    if (!answer.header("Content-Type").equals(Optional.of(CMC_RESPONSE))) {
      throw new AssertionError(answer);
    }
    return said(Base64.getMimeDecoder().decode(answer.text()));
  }

  static Said said(byte[] message) throws Exception {
    var signedData = SignedData.getInstance(ContentInfo.getInstance(message).getContent());
    var inner = signedData.getEncapContentInfo();
    if (!inner.getContentType().equals(CMCObjectIdentifiers.id_cct_PKIResponse)
        || signedData.getSignerInfos().size() != 0) {
      throw new AssertionError("no PKIResponse without signers");
    }
    var response =
        PKIResponse.getInstance(ASN1OctetString.getInstance(inner.getContent()).getOctets());
    var status =
        CMCStatusInfoV2.getInstance(
            value(response, CMCObjectIdentifiers.id_cmc_statusInfoV2).orElseThrow());
    var certificates = new ArrayList<Certificate>();
    if (signedData.getCertificates() != null) {
      for (var each : signedData.getCertificates()) {
        certificates.add(Certificate.parse(encoded(each)));
      }
    }
    return new Said(
        status.getCMCStatus(),
        status.hasOtherInfo()
            ? Optional.of(CMCFailInfo.getInstance(status.getOtherStatusInfo().toASN1Primitive()))
            : Optional.empty(),
        status.getBodyList()[0].getID(),
        status.getStatusStringUTF8().getString(),
        value(response, CMCObjectIdentifiers.id_cmc_transactionId)
            .map(id -> ASN1Integer.getInstance(id).getValue()),
        value(response, CMCObjectIdentifiers.id_cmc_recipientNonce)
            .map(nonce -> ASN1OctetString.getInstance(nonce).getOctets()),
        certificates);
  }

  private static Optional<ASN1Encodable> value(PKIResponse response, ASN1ObjectIdentifier type) {
    for (var each : response.getControlSequence()) {
      var control = TaggedAttribute.getInstance(each);
      if (control.getAttrType().equals(type)) {
        return Optional.of(control.getAttrValues().getObjectAt(0));
      }
    }
    return Optional.empty();
  }

  private static byte[] encoded(ASN1Encodable value) {
    try {
      return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
