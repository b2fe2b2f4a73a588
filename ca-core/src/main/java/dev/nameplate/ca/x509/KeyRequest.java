package dev.nameplate.ca.x509;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.pkcs.CertificationRequest;

/// A PKCS#10 request for a key that does not exist yet (RFC 7030 section 4.4.1). Its public key and
/// its signature count for nothing and prove nothing: that is why it is no [Csr].
///
/// @param wanted the type of the public key in it, which shows what kind of key is wanted; empty if
///   it is none that we know
public record KeyRequest(
    DistinguishedName subject, List<CsrAttribute> attributes, Optional<KeyType> wanted) {

  public KeyRequest {
    attributes = List.copyOf(attributes);
  }

  /// @throws MalformedCsrException if it is not of the form of RFC 2986
  public static KeyRequest parse(byte[] encoded) throws MalformedCsrException {
    if (encoded.length > Csr.LARGEST) {
      throw new MalformedCsrException(
          "a certification request of " + encoded.length + " bytes; at most " + Csr.LARGEST);
    }
    try {
      Der.checkStructure(encoded);
      var attributes = CsrAttributeCodec.decode(Csr.attributes(encoded));
      var request = CertificationRequest.getInstance(encoded);
      if (request == null || !Arrays.equals(request.getEncoded(ASN1Encoding.DER), encoded)) {
        throw new MalformedCsrException("the certification request is not in DER");
      }
      var info = request.getCertificationRequestInfo();
      return new KeyRequest(
          DistinguishedName.read(info.getSubject().getEncoded(ASN1Encoding.DER)),
          attributes,
          type(info.getSubjectPublicKeyInfo().getEncoded(ASN1Encoding.DER)));
    } catch (MalformedDerException found) {
      throw new MalformedCsrException(
          "not a PKCS#10 certification request in DER: " + found.reason());
    } catch (IOException | RuntimeException malformed) {
      throw new MalformedCsrException("not a PKCS#10 certification request in DER");
    }
  }

  /// The name of a symmetric key under which the new one is to travel.
  public Optional<Der> decryptKeyIdentifier() {
    return find(CsrAttribute.DecryptKeyIdentifier.class)
        .map(CsrAttribute.DecryptKeyIdentifier::identifier);
  }

  /// The name of an asymmetric key for the same.
  public Optional<Der> asymmetricDecryptKeyIdentifier() {
    return find(CsrAttribute.AsymmetricDecryptKeyIdentifier.class)
        .map(CsrAttribute.AsymmetricDecryptKeyIdentifier::identifier);
  }

  /// What the sender can decrypt with, the best first; empty if it does not say.
  public List<SmimeCapability> smimeCapabilities() {
    return find(CsrAttribute.SmimeCapabilities.class)
        .map(CsrAttribute.SmimeCapabilities::capabilities)
        .orElse(List.of());
  }

  private static Optional<KeyType> type(byte[] spki) {
    try {
      return Optional.of(PublicKeyInfo.parse(spki).type());
    } catch (UnacceptableKeyException placeholder) {
      return Optional.empty();
    }
  }

  private <A extends CsrAttribute> Optional<A> find(Class<A> type) {
    return attributes.stream().filter(type::isInstance).map(type::cast).findFirst();
  }
}
