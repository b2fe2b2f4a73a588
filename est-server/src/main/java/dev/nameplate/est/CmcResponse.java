package dev.nameplate.est;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import java.io.IOException;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.cmc.CMCObjectIdentifiers;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;

/// A Full PKI Response (RFC 5272 section 4.2): one CMCStatusInfoV2, and what the requester wants to
/// recognize it by.
///
/// Its SignedData has no signer. No key of ours is made for that: an issuing key signs nothing but
/// certificates, CRLs and delegations, and any stranger's mistake would cost a signature of the
/// token. What vouches for an answer is the TLS connection that it came on, and nothing vouches for
/// it once it has left that.
record CmcResponse(
    long part,
    Optional<CmcFailInfo> failure,
    String sentence,
    Optional<Certificate> issued,
    CmcConversation conversation) {

  private static final int SUCCESS = 0;
  private static final int FAILED = 2;

  static CmcResponse success(
      long part, String sentence, Optional<Certificate> issued, CmcConversation conversation) {
    return new CmcResponse(part, Optional.empty(), sentence, issued, conversation);
  }

  static CmcResponse failed(
      long part, CmcFailInfo why, String sentence, CmcConversation conversation) {
    return new CmcResponse(part, Optional.of(why), sentence, Optional.empty(), conversation);
  }

  CmcResponse saying(String other) {
    return new CmcResponse(part, failure, other, issued, conversation);
  }

  /// The message: a SignedData around a PKIResponse.
  Der der() {
    try {
      var content =
          new ContentInfo(
              CMCObjectIdentifiers.id_cct_PKIResponse,
              new DEROctetString(pkiResponse().getEncoded(ASN1Encoding.DER)));
      var certificates = issued.isPresent() ? new DERSet(primitive(issued.get().der())) : null;
      var signedData = new SignedData(new DERSet(), content, certificates, null, new DERSet());
      return Der.of(
          new ContentInfo(PKCSObjectIdentifiers.signedData, signedData)
              .getEncoded(ASN1Encoding.DER));
    } catch (IOException impossible) {
      throw new IllegalStateException("an answer that cannot be encoded", impossible);
    }
  }

  private DERSequence pkiResponse() throws IOException {
    var controls = new ASN1EncodableVector();
    controls.add(control(1, CMCObjectIdentifiers.id_cmc_statusInfoV2, statusInfo()));
    if (conversation.transactionId().isPresent()) {
      controls.add(
          control(
              2,
              CMCObjectIdentifiers.id_cmc_transactionId,
              primitive(conversation.transactionId().get())));
    }
    if (conversation.senderNonce().isPresent()) {
      controls.add(
          control(
              3,
              CMCObjectIdentifiers.id_cmc_recipientNonce,
              primitive(conversation.senderNonce().get())));
    }
    return sequence(new DERSequence(controls), new DERSequence(), new DERSequence());
  }

  private DERSequence statusInfo() {
    var info = new ASN1EncodableVector();
    info.add(new ASN1Integer(failure.isPresent() ? FAILED : SUCCESS));
    info.add(new DERSequence(new ASN1Integer(part)));
    info.add(new DERUTF8String(sentence));
    failure.ifPresent(why -> info.add(new ASN1Integer(why.code())));
    return new DERSequence(info);
  }

  private static DERSequence control(int id, ASN1ObjectIdentifier type, ASN1Encodable value) {
    return sequence(new ASN1Integer(id), type, new DERSet(value));
  }

  private static DERSequence sequence(ASN1Encodable... parts) {
    return new DERSequence(parts);
  }

  private static ASN1Primitive primitive(Der der) throws IOException {
    return ASN1Primitive.fromByteArray(der.toByteArray());
  }
}
