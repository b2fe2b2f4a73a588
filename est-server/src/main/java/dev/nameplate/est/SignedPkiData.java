package dev.nameplate.est;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedDerException;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.io.IOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.cmc.CMCObjectIdentifiers;
import org.bouncycastle.asn1.cms.Attribute;
import org.bouncycastle.asn1.cms.CMSAttributes;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.cms.SignedData;
import org.bouncycastle.asn1.cms.SignerInfo;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;

/// The CMS SignedData around the PKIData of a Full PKI Request (RFC 5272 section 3.2): opened with
/// the certificate that is known to have sent it. What certificates are in the message does not
/// matter, and nobody reads them.
final class SignedPkiData {

  /// Room for a signer and a request with ML-DSA-87 keys.
  private static final int LARGEST = 36 * 1024;

  private static final Map<ASN1ObjectIdentifier, String> DIGESTS =
      Map.of(
          NISTObjectIdentifiers.id_sha256, "SHA-256",
          NISTObjectIdentifiers.id_sha384, "SHA-384",
          NISTObjectIdentifiers.id_sha512, "SHA-512");

  private static final AlgorithmIdentifier RSA =
      new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE);

  private static final List<SignatureAlgorithm> RSA_WITH_HASHES =
      List.of(
          SignatureAlgorithm.SHA256_WITH_RSA,
          SignatureAlgorithm.SHA384_WITH_RSA,
          SignatureAlgorithm.SHA512_WITH_RSA);

  private SignedPkiData() {}

  /// The PKIData that `signer` signed, and nobody else with it.
  ///
  /// @throws CmcFailure if it is no such message, or the signature is not that of the key
  static byte[] open(byte[] message, Certificate signer) throws CmcFailure {
    if (message.length > LARGEST) {
      throw new CmcFailure(
          413,
          CmcFailInfo.BAD_REQUEST,
          0,
          "a message of " + message.length + " bytes; at most " + LARGEST + " are read");
    }
    try {
      Der.checkStructure(message);
      var signedData = signedData(message);
      var content = content(signedData);
      if (signedData.getSignerInfos().size() != 1) {
        throw new CmcFailure(
            400,
            CmcFailInfo.BAD_MESSAGE_CHECK,
            0,
            "the message has " + signedData.getSignerInfos().size() + " signers; it must have one");
      }
      verify(SignerInfo.getInstance(signedData.getSignerInfos().getObjectAt(0)), content, signer);
      return content;
    } catch (MalformedDerException found) {
      throw CmcFailure.malformed(0, found.reason());
    } catch (IOException | RuntimeException malformed) {
      throw CmcFailure.malformed(0, "it is no CMS message in DER");
    }
  }

  private static SignedData signedData(byte[] message) throws CmcFailure {
    var info = ContentInfo.getInstance(message);
    if (!info.getContentType().equals(PKCSObjectIdentifiers.signedData)) {
      throw CmcFailure.malformed(0, "a CMS message of type " + info.getContentType());
    }
    return SignedData.getInstance(info.getContent());
  }

  private static byte[] content(SignedData signedData) throws CmcFailure {
    var inner = signedData.getEncapContentInfo();
    if (!inner.getContentType().equals(CMCObjectIdentifiers.id_cct_PKIData)) {
      throw CmcFailure.malformed(0, "signed content of type " + inner.getContentType());
    }
    if (inner.getContent() == null) {
      throw CmcFailure.malformed(0, "what was signed is not in it");
    }
    return ASN1OctetString.getInstance(inner.getContent()).getOctets();
  }

  private static void verify(SignerInfo info, byte[] content, Certificate signer)
      throws CmcFailure, IOException {
    if (!names(info, signer)) {
      throw new CmcFailure(
          403,
          CmcFailInfo.BAD_IDENTITY,
          0,
          "the message must be signed with the key of the client certificate ("
              + signer
              + "), and says that it was signed by another");
    }
    var digest = Optional.ofNullable(DIGESTS.get(info.getDigestAlgorithm().getAlgorithm()));
    var algorithm =
        digest
            .flatMap(hash -> algorithm(info, hash))
            .filter(stated -> stated.fits(signer.publicKey().type()));
    if (digest.isEmpty() || algorithm.isEmpty()) {
      throw new CmcFailure(
          400,
          CmcFailInfo.BAD_ALG,
          0,
          "the message is signed with %s and %s, which is not accepted of this key"
              .formatted(
                  info.getDigestAlgorithm().getAlgorithm(),
                  info.getDigestEncryptionAlgorithm().getAlgorithm()));
    }
    var attributes = info.getAuthenticatedAttributes();
    // RFC 5652 section 5.3: they must be there, for the content is not of type data
    if (attributes == null
        || !CMCObjectIdentifiers.id_cct_PKIData.equals(
            only(attributes, CMSAttributes.contentType))) {
      throw wrong("its signed attributes do not say that PKIData was signed");
    }
    if (!(only(attributes, CMSAttributes.messageDigest) instanceof ASN1OctetString stated)
        || !MessageDigest.isEqual(stated.getOctets(), hash(digest.get(), content))) {
      throw wrong("its digest is not that of the content");
    }
    if (!signer
        .publicKey()
        .verifies(
            algorithm.get(),
            attributes.getEncoded(ASN1Encoding.DER),
            info.getEncryptedDigest().getOctets())) {
      throw wrong("its signature is not that of the client certificate's key");
    }
  }

  private static boolean names(SignerInfo info, Certificate signer) {
    return switch (info.getSID().getId()) {
      case ASN1OctetString keyIdentifier ->
          signer
              .subjectKeyIdentifier()
              .filter(HexFormat.of().formatHex(keyIdentifier.getOctets())::equals)
              .isPresent();
      case ASN1Encodable other -> {
        var named = IssuerAndSerialNumber.getInstance(other);
        yield named.getSerialNumber().getValue().equals(signer.serial().value())
            && Arrays.equals(encoded(named.getName()), signer.issuer().der().toByteArray());
      }
    };
  }

  /// RFC 5754 lets RSA be named without its hash, which then is the one of the digest. Two hashes
  /// in one signature would be worth no more than the weaker one.
  private static Optional<SignatureAlgorithm> algorithm(SignerInfo info, String digest) {
    var stated = info.getDigestEncryptionAlgorithm();
    var candidates =
        stated.equals(RSA) ? RSA_WITH_HASHES.stream() : SignatureAlgorithm.of(stated).stream();
    return candidates
        .filter(algorithm -> hashOf(algorithm).map(digest::equals).orElse(true))
        .findFirst();
  }

  /// The hash that is part of the algorithm; EdDSA and ML-DSA have none that could differ.
  private static Optional<String> hashOf(SignatureAlgorithm algorithm) {
    return switch (algorithm) {
      case SHA256_WITH_RSA, RSASSA_PSS_SHA256, ECDSA_WITH_SHA256 -> Optional.of("SHA-256");
      case SHA384_WITH_RSA, RSASSA_PSS_SHA384, ECDSA_WITH_SHA384 -> Optional.of("SHA-384");
      case SHA512_WITH_RSA, RSASSA_PSS_SHA512, ECDSA_WITH_SHA512 -> Optional.of("SHA-512");
      case ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 -> Optional.empty();
    };
  }

  /// The one value of the one attribute of this type.
  private static ASN1Encodable only(Iterable<ASN1Encodable> attributes, ASN1ObjectIdentifier type)
      throws CmcFailure {
    Optional<ASN1Encodable> found = Optional.empty();
    for (var each : attributes) {
      var attribute = Attribute.getInstance(each);
      if (attribute.getAttrType().equals(type)) {
        if (found.isPresent() || attribute.getAttrValues().size() != 1) {
          throw wrong("the signed attribute " + type + " has more than one value");
        }
        found = Optional.of(attribute.getAttrValues().getObjectAt(0));
      }
    }
    return found.orElseThrow(() -> wrong("the signed attribute " + type + " is missing"));
  }

  private static byte[] hash(String algorithm, byte[] content) {
    try {
      return MessageDigest.getInstance(algorithm).digest(content);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has " + algorithm, impossible);
    }
  }

  private static byte[] encoded(ASN1Encodable value) {
    try {
      return value.toASN1Primitive().getEncoded(ASN1Encoding.DER);
    } catch (IOException impossible) {
      throw new IllegalStateException("a name that was decoded", impossible);
    }
  }

  private static CmcFailure wrong(String what) {
    return new CmcFailure(
        400, CmcFailInfo.BAD_MESSAGE_CHECK, 0, "the message is not what was signed: " + what);
  }
}
