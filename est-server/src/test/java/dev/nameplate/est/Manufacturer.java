package dev.nameplate.est;

import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.math.BigInteger;
import java.time.Instant;
import java.util.Date;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.ContentSigner;

/// A manufacturer's authority, which gives its devices an IDevID (IEEE 802.1AR).
record Manufacturer(X500Name name, SigningKey key, Certificate certificate) {

  /// As IEEE 802.1AR section 8.5 has it: no end that is known.
  static final Instant FOR_EVER = Instant.parse("9999-12-31T23:59:59Z");

  static final Instant MADE = Instant.parse("2020-01-01T00:00:00Z");

  private static final AtomicLong SERIALS = new AtomicLong(1000);

  /// Adds an extension to a certificate that is made.
  interface Extra {
    Extra NONE = _ -> {};

    void addTo(X509v3CertificateBuilder builder) throws Exception;
  }

  static Manufacturer root(String commonName) throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var name = new X500Name("O=Maker,CN=" + commonName);
    return new Manufacturer(name, key, authority(name, key, name, key, -1));
  }

  Manufacturer intermediate(String commonName) throws Exception {
    return intermediate(commonName, 0);
  }

  /// @param pathLength below 0 for none
  Manufacturer intermediate(String commonName, int pathLength) throws Exception {
    var own = SoftwareKey.generate(KeyType.EC_P256);
    var subject = new X500Name("O=Maker,CN=" + commonName);
    return new Manufacturer(subject, own, authority(subject, own, name, key, pathLength));
  }

  /// Certifies another's authority in its own name.
  Certificate certify(Certificate other) throws Exception {
    return sign(
        name,
        key,
        X500Name.getInstance(other.subject().der().toByteArray()),
        other.publicKey().spki().toByteArray(),
        MADE,
        FOR_EVER,
        builder ->
            builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(true)));
  }

  Certificate idevid(String serial, SoftwareKey device) throws Exception {
    return idevid(new X500Name("O=Maker,SERIALNUMBER=" + serial), device, FOR_EVER, Extra.NONE);
  }

  Certificate idevid(X500Name subject, SoftwareKey device, Instant notAfter, Extra extra)
      throws Exception {
    return sign(name, key, subject, device.publicKey().spki().toByteArray(), MADE, notAfter, extra);
  }

  static Extra usage(int bits) {
    return builder -> builder.addExtension(Extension.keyUsage, true, new KeyUsage(bits));
  }

  static Extra extendedUsage(KeyPurposeId use) {
    return builder ->
        builder.addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(use));
  }

  private static Certificate authority(
      X500Name subject, SoftwareKey own, X500Name issuer, SigningKey by, int pathLength)
      throws Exception {
    return sign(
        issuer,
        by,
        subject,
        own.publicKey().spki().toByteArray(),
        MADE,
        FOR_EVER,
        builder -> {
          builder.addExtension(
              Extension.basicConstraints,
              true,
              pathLength < 0 ? new BasicConstraints(true) : new BasicConstraints(pathLength));
          usage(KeyUsage.keyCertSign).addTo(builder);
        });
  }

  private static Certificate sign(
      X500Name issuer,
      SigningKey by,
      X500Name subject,
      byte[] spki,
      Instant notBefore,
      Instant notAfter,
      Extra extra)
      throws Exception {
    var builder =
        new X509v3CertificateBuilder(
            issuer,
            BigInteger.valueOf(SERIALS.incrementAndGet()),
            Date.from(notBefore),
            Date.from(notAfter),
            subject,
            SubjectPublicKeyInfo.getInstance(spki));
    extra.addTo(builder);
    return Certificate.parse(
        builder.build(new Signer(by, new ByteArrayOutputStream())).getEncoded());
  }

  private record Signer(SigningKey key, ByteArrayOutputStream signed) implements ContentSigner {

    @Override
    public AlgorithmIdentifier getAlgorithmIdentifier() {
      return key.algorithm().identifier();
    }

    @Override
    public OutputStream getOutputStream() {
      return signed;
    }

    @Override
    public byte[] getSignature() {
      return key.sign(signed.toByteArray());
    }
  }
}
