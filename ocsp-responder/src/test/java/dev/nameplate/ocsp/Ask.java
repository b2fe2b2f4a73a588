package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.Issuer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;

/// An OCSP request in the making, sound or not, as a relying party sends it.
final class Ask {

  private final List<Request> requests = new ArrayList<>();
  private final List<Extension> extensions = new ArrayList<>();

  static Ask about(Issuer issuer, BigInteger... serials) {
    var ask = new Ask();
    for (var serial : serials) {
      ask.and(issuer, CertIdHash.SHA1, serial);
    }
    return ask;
  }

  Ask and(Issuer issuer, CertIdHash hash, BigInteger serial) {
    requests.add(new Request(certId(issuer, hash, serial), null));
    return this;
  }

  Ask andWith(Issuer issuer, BigInteger serial, Extension single) {
    requests.add(new Request(certId(issuer, CertIdHash.SHA1, serial), new Extensions(single)));
    return this;
  }

  Ask nonce(byte[] octets) {
    try {
      return with(
          new Extension(
              OCSPObjectIdentifiers.id_pkix_ocsp_nonce,
              false,
              new DEROctetString(octets).getEncoded()));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  Ask with(Extension extension) {
    extensions.add(extension);
    return this;
  }

  byte[] der() {
    try {
      return request().getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  TBSRequest tbs() {
    return request().getTbsRequest();
  }

  static CertID certId(Issuer issuer, CertIdHash hash, BigInteger serial) {
    return new CertID(
        new AlgorithmIdentifier(new ASN1ObjectIdentifier(hash.oid()), DERNull.INSTANCE),
        new DEROctetString(hash.digest(issuer.name().der().toByteArray())),
        new DEROctetString(hash.digest(issuer.publicKey().keyBits())),
        new ASN1Integer(serial));
  }

  static Extension critical(String oid) {
    return new Extension(
        new ASN1ObjectIdentifier(oid), true, new DEROctetString(new byte[] {5, 0}));
  }

  static Extension optional(String oid) {
    return new Extension(
        new ASN1ObjectIdentifier(oid), false, new DEROctetString(new byte[] {5, 0}));
  }

  private OCSPRequest request() {
    var list = new ASN1EncodableVector();
    requests.forEach(list::add);
    var tbs =
        new TBSRequest(
            null,
            new DERSequence(list),
            extensions.isEmpty() ? null : new Extensions(extensions.toArray(Extension[]::new)));
    return new OCSPRequest(tbs, null);
  }
}
