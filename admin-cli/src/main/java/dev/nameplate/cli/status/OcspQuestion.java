package dev.nameplate.cli.status;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.oiw.OIWObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.jspecify.annotations.Nullable;

/// A request about one certificate (RFC 6960 section 4.1), which names it with SHA-1 hashes, as
/// every responder understands.
public final class OcspQuestion {

  private final CertID certId;
  private final @Nullable String nonce;
  private final byte[] der;

  private OcspQuestion(CertID certId, @Nullable String nonce, byte[] der) {
    this.certId = certId;
    this.nonce = nonce;
    this.der = der;
  }

  public static OcspQuestion about(X509Certificate issuer, BigInteger serial) {
    return encoded(certId(issuer, serial), null);
  }

  /// @param nonce to be found in the answer again
  public static OcspQuestion about(X509Certificate issuer, BigInteger serial, byte[] nonce) {
    try {
      return encoded(certId(issuer, serial), new DEROctetString(nonce).getEncoded());
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  /// For the body of a POST.
  public byte[] der() {
    return der.clone();
  }

  /// For the path of a GET, with every character escaped that wants it.
  public String escaped() {
    return plain().replace("+", "%2B").replace("/", "%2F").replace("=", "%3D");
  }

  /// The same as many clients send it: with slashes in it, and two of them in a row may be.
  public String plain() {
    return Base64.getEncoder().encodeToString(der);
  }

  /// The nonce as the answer has to repeat it, in hex; empty if there is none.
  public Optional<String> nonce() {
    return Optional.ofNullable(nonce);
  }

  /// Whether an answer is about what was asked. That a hash algorithm has no parameters is written
  /// in two ways.
  boolean isAbout(CertID answered) {
    return answered
            .getHashAlgorithm()
            .getAlgorithm()
            .equals(certId.getHashAlgorithm().getAlgorithm())
        && answered.getIssuerNameHash().equals(certId.getIssuerNameHash())
        && answered.getIssuerKeyHash().equals(certId.getIssuerKeyHash())
        && answered.getSerialNumber().equals(certId.getSerialNumber());
  }

  private static OcspQuestion encoded(CertID certId, byte @Nullable [] nonce) {
    var extensions =
        nonce == null
            ? null
            : new Extensions(
                new Extension(
                    OCSPObjectIdentifiers.id_pkix_ocsp_nonce, false, new DEROctetString(nonce)));
    var tbs = new TBSRequest(null, new DERSequence(new Request(certId, null)), extensions);
    try {
      return new OcspQuestion(
          certId,
          nonce == null ? null : HexFormat.of().formatHex(nonce),
          new OCSPRequest(tbs, null).getEncoded(ASN1Encoding.DER));
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }

  private static CertID certId(X509Certificate issuer, BigInteger serial) {
    var key = SubjectPublicKeyInfo.getInstance(issuer.getPublicKey().getEncoded());
    return new CertID(
        new AlgorithmIdentifier(OIWObjectIdentifiers.idSHA1, DERNull.INSTANCE),
        new DEROctetString(sha1(issuer.getSubjectX500Principal().getEncoded())),
        new DEROctetString(sha1(key.getPublicKeyData().getBytes())),
        new ASN1Integer(serial));
  }

  private static byte[] sha1(byte[] bytes) {
    try {
      return MessageDigest.getInstance("SHA-1").digest(bytes);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
