package dev.nameplate.ocsp;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.io.IOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.SingleResponse;

/// An OCSP answer, taken apart as a relying party does it.
record Heard(OCSPResponse response) {

  static Heard of(byte[] encoded) {
    return new Heard(OCSPResponse.getInstance(encoded));
  }

  static Heard of(OcspAnswer answer) {
    return of(answer.der().toByteArray());
  }

  /// `good`, `revoked`, `unknown` for each certificate, or the error's name.
  List<String> says() {
    int status = response.getResponseStatus().getIntValue();
    if (status != 0) {
      for (var error : OcspError.values()) {
        if (error.code() == status) {
          return List.of(error.rfcName());
        }
      }
      return List.of("status " + status);
    }
    var says = new ArrayList<String>();
    for (var single : singles()) {
      says.add(
          switch (single.getCertStatus().getTagNo()) {
            case 0 -> "good";
            case 1 -> "revoked";
            default -> "unknown";
          });
    }
    return says;
  }

  List<BigInteger> serials() {
    return singles().stream()
        .map(single -> single.getCertID().getSerialNumber().getValue())
        .toList();
  }

  List<SingleResponse> singles() {
    var singles = new ArrayList<SingleResponse>();
    for (var single : basic().getTbsResponseData().getResponses()) {
      singles.add(SingleResponse.getInstance(single));
    }
    return singles;
  }

  BasicOCSPResponse basic() {
    return BasicOCSPResponse.getInstance(response.getResponseBytes().getResponse().getOctets());
  }

  boolean isSignedBy(PublicKeyInfo key) throws IOException {
    var algorithm = SignatureAlgorithm.of(basic().getSignatureAlgorithm()).orElseThrow();
    return key.verifies(
        algorithm,
        basic().getTbsResponseData().getEncoded("DER"),
        basic().getSignature().getOctets());
  }

  Certificate signer() throws Exception {
    return Certificate.parse(basic().getCerts().getObjectAt(0).toASN1Primitive().getEncoded("DER"));
  }
}
