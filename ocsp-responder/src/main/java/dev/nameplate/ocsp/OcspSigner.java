package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.Certificate;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.ocsp.ResponderID;

/// A delegated signer (RFC 6960 section 4.2.2.2): signs OCSP answers for the one issuer that
/// certified it. Whether it is valid now, and not revoked, is asked before each answer.
public final class OcspSigner {

  private static final String OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
  private static final String NO_CHECK = "1.3.6.1.5.5.7.48.1.5";

  private final Issuer issuer;
  private final Certificate certificate;
  private final SigningKey key;
  private final ResponderID id;
  private final byte[] certificates;

  private OcspSigner(Issuer issuer, Certificate certificate, SigningKey key) {
    require(certificate.publicKey().equals(key.publicKey()), certificate, "is of another key");
    require(
        certificate.issuer().equals(issuer.name()) && certificate.isSignedBy(issuer.publicKey()),
        certificate,
        "was not issued by " + issuer.name());
    var x509 = read(certificate);
    require(hasUsage(x509), certificate, "is not for OCSPSigning alone, with digitalSignature");
    require(
        x509.getExtensionValue(NO_CHECK) != null, certificate, "does not say id-pkix-ocsp-nocheck");
    require(
        key.algorithm().fits(key.publicKey().type()), certificate, "signs as its key cannot sign");
    this.issuer = issuer;
    this.certificate = certificate;
    this.key = key;
    this.id =
        new ResponderID(new DEROctetString(CertIdHash.SHA1.digest(key.publicKey().keyBits())));
    this.certificates =
        OcspReply.wrapped(
            OcspReply.FIRST_FIELD,
            OcspReply.wrapped(OcspReply.SEQUENCE, certificate.der().toByteArray()));
  }

  /// @throws IllegalArgumentException if it is no such signer; the message says why
  public static OcspSigner of(Issuer issuer, Certificate certificate, SigningKey key) {
    return new OcspSigner(issuer, certificate, key);
  }

  public Issuer issuer() {
    return issuer;
  }

  public Certificate certificate() {
    return certificate;
  }

  public SigningKey key() {
    return key;
  }

  /// By the hash of its key.
  ResponderID id() {
    return id;
  }

  /// What an answer carries so that it can be checked: its `certs` field, in DER.
  byte[] certificates() {
    return certificates;
  }

  @Override
  public String toString() {
    return "OcspSigner[" + certificate + "]";
  }

  private static boolean hasUsage(X509Certificate x509) {
    try {
      var purposes = x509.getExtendedKeyUsage();
      var usage = x509.getKeyUsage();
      return x509.getBasicConstraints() < 0
          && purposes != null
          && purposes.size() == 1
          && purposes.contains(OCSP_SIGNING)
          && usage != null
          && usage[0];
    } catch (CertificateException malformed) {
      return false;
    }
  }

  private static X509Certificate read(Certificate certificate) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
    } catch (CertificateException malformed) {
      throw new IllegalArgumentException("not readable: " + certificate, malformed);
    }
  }

  private static void require(boolean condition, Certificate certificate, String otherwise) {
    if (!condition) {
      throw new IllegalArgumentException("the OCSP signer " + certificate + " " + otherwise);
    }
  }
}
