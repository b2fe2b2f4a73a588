package dev.nameplate.ca.testing;

import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.MalformedCsrException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.DERUTF8String;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/// Certification requests that ask for more than a name.
public final class TestRequests {

  private TestRequests() {}

  public static Csr withSubjectAltName(
      SoftwareSigningKey key, DistinguishedName subject, GeneralNames names) {
    try {
      return withExtensions(
          key, subject, new Extension(Extension.subjectAlternativeName, false, names.getEncoded()));
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  public static Csr withExtensions(
      SoftwareSigningKey key, DistinguishedName subject, Extension... extensions) {
    var attributes = new ArrayList<Attribute>();
    attributes.add(
        new Attribute(
            PKCSObjectIdentifiers.pkcs_9_at_extensionRequest,
            new DERSet(new Extensions(extensions))));
    return signed(key, subject, attributes);
  }

  /// The plain request with a challengePassword, as clients send it who bind it to a connection.
  public static Csr withChallenge(
      SoftwareSigningKey key, DistinguishedName subject, String challenge) {
    return signed(
        key,
        subject,
        List.of(
            new Attribute(
                PKCSObjectIdentifiers.pkcs_9_at_challengePassword,
                new DERSet(new DERUTF8String(challenge)))));
  }

  private static Csr signed(
      SoftwareSigningKey key, DistinguishedName subject, List<Attribute> attributes) {
    var info =
        new CertificationRequestInfo(
            X500Name.getInstance(subject.der().toByteArray()),
            SubjectPublicKeyInfo.getInstance(key.publicKey().spki().toByteArray()),
            new DERSet(attributes.toArray(ASN1Encodable[]::new)));
    try {
      var signature = key.sign(info.getEncoded(ASN1Encoding.DER));
      return Csr.parse(
          new CertificationRequest(info, key.algorithm().identifier(), new DERBitString(signature))
              .getEncoded(ASN1Encoding.DER));
    } catch (IOException | MalformedCsrException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
