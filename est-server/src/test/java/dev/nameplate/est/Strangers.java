package dev.nameplate.est;

import dev.nameplate.ca.x509.Certificate;
import java.math.BigInteger;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/// Certificates that were not issued here.
final class Strangers {

  private Strangers() {}

  /// What a device could write itself, in its own name.
  static Certificate selfSigned(FakeDevice device) throws Exception {
    var now = InstantSource.system().instant();
    var name = new X500Name("CN=" + device.id());
    var signer =
        new JcaContentSignerBuilder(device.key().algorithm().jcaName())
            .build(device.key().privateKey());
    var certificate =
        new X509v3CertificateBuilder(
                name,
                BigInteger.TEN,
                Date.from(now.minus(Duration.ofDays(1))),
                Date.from(now.plus(Duration.ofDays(1))),
                name,
                SubjectPublicKeyInfo.getInstance(device.key().publicKey().spki().toByteArray()))
            .build(signer);
    return Certificate.parse(certificate.getEncoded());
  }
}
