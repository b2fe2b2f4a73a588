package dev.nameplate.ca.x509;

import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.x509.TBSCertificate;

/// The bytes that will be signed, and what they say (RFC 5280 section 4.1). Times are whole
/// seconds.
public record TbsCertificate(
    Der der,
    SerialNumber serial,
    DistinguishedName issuer,
    DistinguishedName subject,
    PublicKeyInfo publicKey,
    Instant notBefore,
    Instant notAfter,
    SignatureAlgorithm algorithm) {

  /// What is in the OCTET STRING of the extension with this OID.
  public Optional<Der> extension(String oid) {
    var extension =
        TBSCertificate.getInstance(der.toByteArray())
            .getExtensions()
            .getExtension(new ASN1ObjectIdentifier(oid));
    return Optional.ofNullable(extension).map(found -> Der.of(found.getExtnValue().getOctets()));
  }

  /// The certificate made of these bytes and this signature over them; the signature is not
  /// checked.
  public Certificate withSignature(byte[] signature) {
    try {
      var sequence =
          new DERSequence(
              new org.bouncycastle.asn1.ASN1Encodable[] {
                ASN1Primitive.fromByteArray(der.toByteArray()),
                algorithm.identifier(),
                new DERBitString(signature)
              });
      return Certificate.parse(sequence.getEncoded(ASN1Encoding.DER));
    } catch (IOException | MalformedCertificateException impossible) {
      throw new IllegalStateException("a certificate of our own that cannot be read", impossible);
    }
  }
}
