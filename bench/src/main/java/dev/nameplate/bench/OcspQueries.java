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
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralName;

/// OCSP requests as a plain client sends them: one SHA-256 CertID, no nonce.
final class OcspQueries {

  private OcspQueries() {}

  static byte[] about(Certificate issuer, SerialNumber serial) throws IOException {
    var id =
        new CertID(
            new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256),
            new DEROctetString(issuer.subject().der().sha256()),
            new DEROctetString(Der.sha256(issuer.publicKey().keyBits())),
            new ASN1Integer(serial.value()));
    var requests = new DERSequence(new Request(id, (Extensions) null));
    var tbs = new TBSRequest((GeneralName) null, requests, (Extensions) null);
    return new OCSPRequest(tbs, null).getEncoded(ASN1Encoding.DER);
  }
}
