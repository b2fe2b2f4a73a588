package dev.nameplate.est;

import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.SmimeCapability;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.security.GeneralSecurityException;
import java.security.KeyPairGenerator;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.DERNull;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.RSAESOAEPparams;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.cert.X509CertificateHolder;
import org.bouncycastle.cert.jcajce.JcaCertStore;
import org.bouncycastle.cms.CMSAlgorithm;
import org.bouncycastle.cms.CMSEnvelopedDataGenerator;
import org.bouncycastle.cms.CMSException;
import org.bouncycastle.cms.CMSProcessableByteArray;
import org.bouncycastle.cms.CMSSignedDataGenerator;
import org.bouncycastle.cms.RecipientInfoGenerator;
import org.bouncycastle.cms.SignerInfoGeneratorBuilder;
import org.bouncycastle.cms.jcajce.JceCMSContentEncryptorBuilder;
import org.bouncycastle.cms.jcajce.JceKEKRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyAgreeRecipientInfoGenerator;
import org.bouncycastle.cms.jcajce.JceKeyTransRecipientInfoGenerator;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.operator.ContentSigner;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.bc.BcDigestCalculatorProvider;

/// Wraps a private key for one recipient (RFC 7030 section 4.4.2): EnvelopedData around SignedData
/// around AsymmetricKeyPackage (RFC 5958), in DER.
///
/// EnvelopedData, which the RFC asks for, cannot hold an authenticated cipher (that is another
/// type, RFC 5083), so the content is in AES-CBC; what guards it against changes is the signature
/// inside. An RSA recipient gets OAEP if it says that it knows it, and else PKCS#1 v1.5, the only
/// one that RFC 8551 lets everybody rely on; an elliptic one gets a key agreement with a key that
/// is made for this message only.
final class KeyEnvelope {

  /// id-ct-KP-aKeyPackage.
  private static final ASN1ObjectIdentifier KEY_PACKAGE =
      new ASN1ObjectIdentifier("2.16.840.1.101.2.1.2.78.5");

  private static final BouncyCastleProvider BOUNCY_CASTLE = new BouncyCastleProvider();

  /// No common ground with the client; the message is meant for it.
  static final class NoCommonAlgorithmException extends Exception {

    private static final long serialVersionUID = 1L;

    private final String reason;

    NoCommonAlgorithmException(String reason) {
      super(reason);
      this.reason = reason;
    }

    String reason() {
      return reason;
    }
  }

  /// How the content and the key above it are encrypted.
  private enum Cipher {
    AES_256(CMSAlgorithm.AES256_CBC, CMSAlgorithm.AES256_WRAP),
    AES_128(CMSAlgorithm.AES128_CBC, CMSAlgorithm.AES128_WRAP);

    final ASN1ObjectIdentifier content;
    final ASN1ObjectIdentifier wrap;

    Cipher(ASN1ObjectIdentifier content, ASN1ObjectIdentifier wrap) {
      this.content = content;
      this.wrap = wrap;
    }
  }

  private final Cipher cipher;
  private final RecipientInfoGenerator recipient;

  private KeyEnvelope(Cipher cipher, RecipientInfoGenerator recipient) {
    this.cipher = cipher;
    this.recipient = recipient;
  }

  /// @param capabilities what the recipient can decrypt; empty if it does not say
  static KeyEnvelope to(KeyRecipient recipient, List<SmimeCapability> capabilities)
      throws NoCommonAlgorithmException {
    var cipher = cipher(capabilities);
    try {
      return new KeyEnvelope(cipher, recipient(recipient, cipher, capabilities));
    } catch (CMSException | GeneralSecurityException impossible) {
      throw new IllegalStateException("a recipient that cannot be one", impossible);
    }
  }

  /// @param privateKeyInfo PKCS#8; not wiped
  /// @throws dev.nameplate.ca.signing.SigningException if the signer's key is away
  byte[] seal(byte[] privateKeyInfo, KeySigner signer) {
    byte[] signed = new byte[0];
    try {
      signed = sign(privateKeyInfo, signer);
      var enveloped = new CMSEnvelopedDataGenerator();
      enveloped.addRecipientInfoGenerator(recipient);
      return enveloped
          .generate(
              new CMSProcessableByteArray(PKCSObjectIdentifiers.signedData, signed),
              new JceCMSContentEncryptorBuilder(cipher.content).setProvider(BOUNCY_CASTLE).build())
          .toASN1Structure()
          .getEncoded(ASN1Encoding.DER);
    } catch (CMSException
        | OperatorCreationException
        | GeneralSecurityException
        | IOException impossible) {
      throw new IllegalStateException("a key that cannot be wrapped", impossible);
    } finally {
      Arrays.fill(signed, (byte) 0);
    }
  }

  /// A ContentInfo with SignedData: the one that made the key says so.
  private static byte[] sign(byte[] privateKeyInfo, KeySigner signer)
      throws CMSException, OperatorCreationException, GeneralSecurityException, IOException {
    // AsymmetricKeyPackage ::= SEQUENCE SIZE (1..MAX) OF OneAsymmetricKey
    var keys =
        new DERSequence(ASN1Sequence.getInstance(privateKeyInfo)).getEncoded(ASN1Encoding.DER);
    try {
      var generator = new CMSSignedDataGenerator();
      generator.addSignerInfoGenerator(
          new SignerInfoGeneratorBuilder(new BcDigestCalculatorProvider())
              .build(
                  new Signature(signer.key()),
                  new X509CertificateHolder(signer.certificate().der().toByteArray())));
      generator.addCertificates(
          new JcaCertStore(signer.chain().stream().map(KeyEnvelope::x509).toList()));
      return generator
          .generate(new CMSProcessableByteArray(KEY_PACKAGE, keys), true)
          .toASN1Structure()
          .getEncoded(ASN1Encoding.DER);
    } finally {
      Arrays.fill(keys, (byte) 0);
    }
  }

  private static RecipientInfoGenerator recipient(
      KeyRecipient recipient, Cipher cipher, List<SmimeCapability> capabilities)
      throws NoCommonAlgorithmException, CMSException, GeneralSecurityException {
    return switch (recipient) {
      case KeyRecipient.Shared(var identifier, var key) ->
          new JceKEKRecipientInfoGenerator(identifier.toByteArray(), key.aes())
              .setProvider(BOUNCY_CASTLE);
      case KeyRecipient.OfCertificate of ->
          switch (of.certificate().publicKey().type()) {
            case RSA_2048, RSA_3072, RSA_4096 -> transport(of, capabilities);
            case EC_P256, EC_P384, EC_P521 -> agreement(of, cipher);
            case ED25519, ML_DSA_44, ML_DSA_65, ML_DSA_87 ->
                throw new NoCommonAlgorithmException(
                    "the key of that certificate signs only, nothing can be encrypted to it");
          };
    };
  }

  private static RecipientInfoGenerator transport(
      KeyRecipient.OfCertificate to, List<SmimeCapability> capabilities)
      throws GeneralSecurityException {
    var certificate = x509(to.certificate());
    var algorithm =
        oaep(capabilities)
            .orElseGet(() ->
                new AlgorithmIdentifier(PKCSObjectIdentifiers.rsaEncryption, DERNull.INSTANCE));
    var generator =
        to.byIssuer()
            ? new JceKeyTransRecipientInfoGenerator(certificate, algorithm)
            : new JceKeyTransRecipientInfoGenerator(
                identifier(to.certificate()), algorithm, certificate.getPublicKey());
    return generator.setProvider(BOUNCY_CASTLE);
  }

  private static RecipientInfoGenerator agreement(KeyRecipient.OfCertificate to, Cipher cipher)
      throws CMSException, GeneralSecurityException {
    var certificate = x509(to.certificate());
    var generator = KeyPairGenerator.getInstance("EC", BOUNCY_CASTLE);
    generator.initialize(((ECPublicKey) certificate.getPublicKey()).getParams());
    var ephemeral = generator.generateKeyPair();
    var recipient =
        new JceKeyAgreeRecipientInfoGenerator(
            CMSAlgorithm.ECDH_SHA256KDF,
            ephemeral.getPrivate(),
            ephemeral.getPublic(),
            cipher.wrap);
    if (to.byIssuer()) {
      recipient.addRecipient(certificate);
    } else {
      recipient.addRecipient(identifier(to.certificate()), certificate.getPublicKey());
    }
    return recipient.setProvider(BOUNCY_CASTLE);
  }

  /// The best that both know; what RFC 8551 section 2.7 has everybody know if nothing is said.
  private static Cipher cipher(List<SmimeCapability> capabilities)
      throws NoCommonAlgorithmException {
    if (capabilities.isEmpty()) {
      return Cipher.AES_128;
    }
    for (var cipher : Cipher.values()) {
      if (has(capabilities, cipher.content)) {
        return cipher;
      }
    }
    throw new NoCommonAlgorithmException(
        "smimeCapabilities has neither AES-256-CBC nor AES-128-CBC");
  }

  /// With the parameters that the client names, if they say SHA-256; none mean SHA-1 (RFC 4055
  /// section 4.1), which is sound here.
  private static Optional<AlgorithmIdentifier> oaep(List<SmimeCapability> capabilities) {
    return capabilities.stream()
        .filter(capability -> capability.oid().equals(PKCSObjectIdentifiers.id_RSAES_OAEP.getId()))
        .flatMap(capability -> oaep(capability).stream())
        .map(parameters -> new AlgorithmIdentifier(PKCSObjectIdentifiers.id_RSAES_OAEP, parameters))
        .findFirst();
  }

  private static Optional<RSAESOAEPparams> oaep(SmimeCapability capability) {
    if (capability.parameters().isEmpty()) {
      return Optional.of(new RSAESOAEPparams());
    }
    try {
      var parameters =
          RSAESOAEPparams.getInstance(
              ASN1Primitive.fromByteArray(capability.parameters().get().toByteArray()));
      return isSha256(parameters) || parameters.equals(new RSAESOAEPparams())
          ? Optional.of(parameters)
          : Optional.empty();
    } catch (IOException | RuntimeException strange) {
      return Optional.empty();
    }
  }

  private static boolean isSha256(RSAESOAEPparams parameters) {
    var mask = parameters.getMaskGenAlgorithm();
    return parameters.getHashAlgorithm().getAlgorithm().equals(NISTObjectIdentifiers.id_sha256)
        && mask.getAlgorithm().equals(PKCSObjectIdentifiers.id_mgf1)
        && mask.getParameters() != null
        && parameters.getPSourceAlgorithm().equals(RSAESOAEPparams.DEFAULT_P_SOURCE_ALGORITHM)
        && AlgorithmIdentifier.getInstance(mask.getParameters())
            .getAlgorithm()
            .equals(NISTObjectIdentifiers.id_sha256);
  }

  private static boolean has(List<SmimeCapability> capabilities, ASN1ObjectIdentifier algorithm) {
    return capabilities.stream().anyMatch(capability -> capability.oid().equals(algorithm.getId()));
  }

  private static byte[] identifier(Certificate certificate) {
    return HexFormat.of().parseHex(certificate.subjectKeyIdentifier().orElseThrow());
  }

  private static X509Certificate x509(Certificate certificate) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509", BOUNCY_CASTLE)
              .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("a certificate that was read before", impossible);
    }
  }

  /// A [SigningKey], as Bouncy Castle wants it.
  private static final class Signature implements ContentSigner {

    private final SigningKey key;
    private final ByteArrayOutputStream content = new ByteArrayOutputStream();

    Signature(SigningKey key) {
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
