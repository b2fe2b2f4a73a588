package dev.nameplate.bench;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.SerialNumber;
import java.io.IOException;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;
import org.jspecify.annotations.Nullable;

/// OCSP requests as a plain client sends them, with one SHA-256 CertID; and what it reads of
/// answers.
final class OcspQueries {

  private OcspQueries() {}

  static byte[] about(Certificate issuer, SerialNumber serial) throws IOException {
    return about(issuer, serial, null);
  }

  /// @param nonce of this request; null for none
  static byte[] about(Certificate issuer, SerialNumber serial, byte @Nullable [] nonce)
      throws IOException {
    var id =
        new CertID(
            new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256),
            new DEROctetString(issuer.subject().der().sha256()),
            new DEROctetString(Der.sha256(issuer.publicKey().keyBits())),
            new ASN1Integer(serial.value()));
    var requests = new DERSequence(new Request(id, (Extensions) null));
    var extensions =
        nonce == null
            ? null
            : new Extensions(
                Extension.create(
                    OCSPObjectIdentifiers.id_pkix_ocsp_nonce, false, new DEROctetString(nonce)));
    var tbs = new TBSRequest((GeneralName) null, requests, extensions);
    return new OCSPRequest(tbs, null).getEncoded(ASN1Encoding.DER);
  }

  /// The OCSPResponseStatus: 0 is successful, 3 is tryLater.
  static int status(byte[] answer) {
    return OCSPResponse.getInstance(answer).getResponseStatus().getIntValue();
  }

  static boolean saysRevoked(byte[] answer) {
    var response = OCSPResponse.getInstance(answer);
    if (response.getResponseBytes() == null) {
      return false;
    }
    var basic =
        BasicOCSPResponse.getInstance(response.getResponseBytes().getResponse().getOctets());
    var single =
        SingleResponse.getInstance(basic.getTbsResponseData().getResponses().getObjectAt(0));
    return single.getCertStatus().getTagNo() == 1;
  }
}
