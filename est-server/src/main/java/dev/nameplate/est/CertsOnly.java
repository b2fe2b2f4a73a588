package dev.nameplate.est;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedCertificateException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1EncodableVector;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Set;
import org.bouncycastle.asn1.DERSet;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.jspecify.annotations.Nullable;

/// The degenerate PKCS#7 in which EST carries certificates (RFC 5272 section 4.1, RFC 8951 section
/// 3.2.1): a SignedData without content and without signers. The same certificates always give the
/// same bytes.
public final class CertsOnly {

  private static final int LARGEST = 256 * 1024;

  private CertsOnly() {}

  /// The message in DER: definite lengths, the SET OF certificates sorted, each certificate once.
  public static Der encode(List<Certificate> certificates) {
    try {
      var set = new ASN1EncodableVector();
      for (var certificate : new LinkedHashSet<>(certificates)) {
        set.add(ASN1Primitive.fromByteArray(certificate.der().toByteArray()));
      }
      return message(new DERSet(set), null);
    } catch (IOException impossible) {
      throw new IllegalStateException("certificates that cannot be encoded", impossible);
    }
  }

  /// The same message with CRLs instead (RFC 8295 section 2.4).
  static Der encodeCrls(List<Der> crls) {
    try {
      var set = new ASN1EncodableVector();
      for (var crl : new LinkedHashSet<>(crls)) {
        set.add(ASN1Primitive.fromByteArray(crl.toByteArray()));
      }
      return message(null, new DERSet(set));
    } catch (IOException impossible) {
      throw new IllegalStateException("CRLs that cannot be encoded", impossible);
    }
  }

  private static Der message(@Nullable ASN1Set certificates, @Nullable ASN1Set crls)
      throws IOException {
    var noContent = new ContentInfo(PKCSObjectIdentifiers.data, null);
    var signedData = new SignedData(new DERSet(), noContent, certificates, crls, new DERSet());
    var message = new ContentInfo(PKCSObjectIdentifiers.signedData, signedData);
    return Der.of(message.getEncoded(ASN1Encoding.DER));
  }

  /// The certificates of a message, in its order. Reading them says nothing about trust.
  ///
  /// @throws MalformedCertsOnlyException unless it is such a message, in DER, with at least one
  ///   certificate
  public static List<Certificate> decode(byte[] encoded) throws MalformedCertsOnlyException {
    if (encoded.length > LARGEST) {
      throw new MalformedCertsOnlyException(
          "a certs-only message of " + encoded.length + " bytes; at most " + LARGEST);
    }
    try {
      return certificates(signedData(encoded));
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedCertsOnlyException("not a PKCS#7 message in DER", malformed);
    } catch (MalformedCertificateException malformed) {
      throw new MalformedCertsOnlyException(malformed.reason(), malformed);
    }
  }

  private static SignedData signedData(byte[] encoded)
      throws IOException, MalformedCertsOnlyException {
    var message = ContentInfo.getInstance(ASN1Primitive.fromByteArray(encoded));
    if (!Arrays.equals(message.getEncoded(ASN1Encoding.DER), encoded)) {
      throw new MalformedCertsOnlyException("the certs-only message is not in DER");
    }
    if (!message.getContentType().equals(PKCSObjectIdentifiers.signedData)) {
      throw new MalformedCertsOnlyException(
          "a PKCS#7 message of type " + message.getContentType() + ", not SignedData");
    }
    var signedData = SignedData.getInstance(message.getContent());
    if (signedData.getSignerInfos().size() != 0
        || signedData.getEncapContentInfo().getContent() != null) {
      throw new MalformedCertsOnlyException("the message has signers or content");
    }
    return signedData;
  }

  private static List<Certificate> certificates(SignedData signedData)
      throws IOException, MalformedCertificateException, MalformedCertsOnlyException {
    var set = signedData.getCertificates();
    if (set == null || set.size() == 0) {
      throw new MalformedCertsOnlyException("the message has no certificate");
    }
    var certificates = new ArrayList<Certificate>();
    for (ASN1Encodable element : set) {
      certificates.add(Certificate.parse(element.toASN1Primitive().getEncoded(ASN1Encoding.DER)));
    }
    return List.copyOf(certificates);
  }
}
