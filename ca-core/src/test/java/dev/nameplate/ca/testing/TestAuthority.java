package dev.nameplate.ca.testing;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SerialNumber;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.Date;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.AuthorityKeyIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectKeyIdentifier;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;

/// An authority that exists for a test: a self-signed certificate over a key in memory. What it
/// issues is in no store; a test that wants it there puts it there.
public record TestAuthority(Issuer issuer, SoftwareSigningKey key, Certificate certificate) {

  private static final Duration TEN_YEARS = Duration.ofDays(3650);

  /// What a certificate is for.
  public enum Use {
    AUTHORITY,
    DEVICE,
    OCSP_SIGNER,
    DOCUMENT_SIGNER
  }

  /// A root with this common name, valid for ten years from `notBefore`.
  public static TestAuthority root(String commonName, KeyType type, Instant notBefore) {
    var key = SoftwareSigningKey.generate(type);
    var issuer = new Issuer(DistinguishedName.ofCommonName(commonName), key.publicKey());
    var certificate =
        issue(
            issuer,
            key,
            Use.AUTHORITY,
            issuer.name(),
            issuer.publicKey(),
            new SerialNumber(BigInteger.ONE),
            notBefore,
            notBefore.plus(TEN_YEARS));
    return new TestAuthority(issuer, key, certificate);
  }

  public IssuerId id() {
    return issuer.id();
  }

  public Authority authority(CrlScope scope) {
    return new Authority(issuer, Optional.of(certificate), key, scope);
  }

  public Certificate issue(
      Use use,
      String commonName,
      PublicKeyInfo publicKey,
      SerialNumber serial,
      Instant notBefore,
      Instant notAfter) {
    var subject = DistinguishedName.ofCommonName(commonName);
    return issue(issuer, key, use, subject, publicKey, serial, notBefore, notAfter);
  }

  private static Certificate issue(
      Issuer issuer,
      SigningKey key,
      Use use,
      DistinguishedName subject,
      PublicKeyInfo publicKey,
      SerialNumber serial,
      Instant notBefore,
      Instant notAfter) {
    var builder =
        new X509v3CertificateBuilder(
            X500Name.getInstance(issuer.name().der().toByteArray()),
            serial.value(),
            Date.from(notBefore),
            Date.from(notAfter),
            X500Name.getInstance(subject.der().toByteArray()),
            SubjectPublicKeyInfo.getInstance(publicKey.spki().toByteArray()));
    try {
      builder.addExtension(
          Extension.subjectKeyIdentifier, false, new SubjectKeyIdentifier(identifier(publicKey)));
      builder.addExtension(
          Extension.authorityKeyIdentifier,
          false,
          new AuthorityKeyIdentifier(identifier(issuer.publicKey())));
      switch (use) {
        case AUTHORITY -> {
          builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true));
          builder.addExtension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign));
        }
        case DEVICE -> {
          builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
          builder.addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(KeyPurposeId.id_kp_clientAuth));
        }
        case DOCUMENT_SIGNER -> {
          builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
          builder.addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(
                  KeyPurposeId.getInstance(new ASN1ObjectIdentifier("1.3.6.1.5.5.7.3.36"))));
        }
        case OCSP_SIGNER -> {
          builder.addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature));
          builder.addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(KeyPurposeId.id_kp_OCSPSigning));
          builder.addExtension(OCSPObjectIdentifiers.id_pkix_ocsp_nocheck, false, DERNull.INSTANCE);
        }
      }
      return Certificate.parse(builder.build(new Signer(key)).getEncoded());
    } catch (IOException | MalformedCertificateException impossible) {
      throw new IllegalStateException("a test certificate that cannot be made", impossible);
    }
  }

  /// RFC 7093 method 1: the leftmost 160 bits of SHA-256.
  private static byte[] identifier(PublicKeyInfo publicKey) {
    return Arrays.copyOf(Der.sha256(publicKey.keyBits()), 20);
  }

  private static final class Signer implements ContentSigner {

    private final SigningKey key;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    Signer(SigningKey key) {
      this.key = key;
    }

    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return key.algorithm().identifier();
    }

    @Override
    public OutputStream getOutputStream() {
      return content;
    }

    @Override
    public byte[] getSignature() {
      return key.sign(content.toByteArray());
    }
  }
}
