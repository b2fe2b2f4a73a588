package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.CsrAttribute;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.MalformedCsrException;
import java.io.IOException;
import java.util.Base64;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.DERBitString;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.pkcs.Attribute;
import org.bouncycastle.asn1.pkcs.CertificationRequest;
import org.bouncycastle.asn1.pkcs.CertificationRequestInfo;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.ExtensionsGenerator;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;

/// Certification requests, honest ones and others.
final class Requests {

  private Requests() {}

  /// What a well-behaved device sends: its name and its key, in DER.
  static byte[] of(String commonName, SoftwareKey key) {
    return Csr.sign(
            DistinguishedName.ofCommonName(commonName), key.publicKey(), key.algorithm(), key::sign)
        .toByteArray();
  }

  /// With subjectAltNames.
  static byte[] named(String commonName, SoftwareKey key, GeneralName... names) {
    return extended(
        commonName,
        key,
        generator ->
            generator.addExtension(
                Extension.subjectAlternativeName, false, new GeneralNames(names)));
  }

  /// Asks to become an authority, and for names that are another's.
  static byte[] greedy(String commonName, SoftwareKey key) {
    return extended(
        commonName,
        key,
        generator -> {
          generator.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
          generator.addExtension(
              Extension.subjectAlternativeName,
              false,
              new GeneralNames(new GeneralName(GeneralName.dNSName, "bank.example")));
        });
  }

  /// With attributes that are to be verified.
  static byte[] with(FakeDevice device, CsrAttribute... attributes) {
    var key = device.key();
    return Csr.sign(
            DistinguishedName.ofCommonName(device.id()),
            key.publicKey(),
            List.of(attributes),
            key.algorithm(),
            key::sign)
        .toByteArray();
  }

  /// For a key of another, signed by `key`: possession is not proven.
  static byte[] withKey(SubjectPublicKeyInfo foreign, SoftwareKey key) {
    return signed(new X500Name("CN=pump-0017"), foreign, new DERSet(), key);
  }

  static Csr parse(byte[] der) {
    try {
      return Csr.parse(der);
    } catch (MalformedCsrException ours) {
      throw new IllegalStateException(ours);
    }
  }

  /// One line, as strongSwan sends it.
  static byte[] oneLine(byte[] der) {
    return Base64.getEncoder().encode(der);
  }

  /// Lines of 64, as libest sends them.
  static byte[] wrapped(byte[] der) {
    return (Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der) + "\n")
        .getBytes(US_ASCII);
  }

  private interface ExtensionRequest {
    void addTo(ExtensionsGenerator generator) throws IOException;
  }

  private static byte[] extended(String commonName, SoftwareKey key, ExtensionRequest request) {
    var generator = new ExtensionsGenerator();
    try {
      request.addTo(generator);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
    return signed(
        new X500Name("CN=" + commonName),
        SubjectPublicKeyInfo.getInstance(key.publicKey().spki().toByteArray()),
        new DERSet(
            new Attribute(
                PKCSObjectIdentifiers.pkcs_9_at_extensionRequest,
                new DERSet(generator.generate()))),
        key);
  }

  private static byte[] signed(
      X500Name subject, SubjectPublicKeyInfo publicKey, DERSet attributes, SoftwareKey key) {
    var info = new CertificationRequestInfo(subject, publicKey, attributes);
    try {
      var signature = key.sign(info.getEncoded(ASN1Encoding.DER));
      return new CertificationRequest(
              info, key.algorithm().identifier(), new DERBitString(signature))
          .getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  /// A SEQUENCE in a SEQUENCE in a SEQUENCE …, in indefinite lengths so that it is small.
  static byte[] nested(int depth) {
    byte[] nested = new byte[4 * depth];
    for (int i = 0; i < depth; i++) {
      nested[2 * i] = 0x30;
      nested[2 * i + 1] = (byte) 0x80;
    }
    return nested;
  }
}
