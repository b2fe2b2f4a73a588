package dev.nameplate.server;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.canary.Canary;
import dev.nameplate.server.canary.CanaryCertificate;
import dev.nameplate.server.canary.Channel;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/// Canaries that go the same way as every certificate. Their keys are forgotten at once.
final class OwnCanaries implements Canary.Source {

  private final Core core;
  private final Revocation revocation;
  private final CertificateProfile profile;
  private final Owner owner;
  private final Set<Channel> channels;

  /// @param deltas whether the CRLs have deltas
  OwnCanaries(Core core, CertificateProfile profile, String node, boolean deltas) {
    this.core = core;
    this.revocation = new Revocation(core.database().certificates(), core.clock());
    this.profile = profile;
    this.owner = new Owner(OwnerKind.SERVICE, "canary-" + node);
    this.channels =
        deltas ? EnumSet.allOf(Channel.class) : EnumSet.complementOf(EnumSet.of(Channel.DELTA));
  }

  @Override
  public Set<Channel> channels() {
    return Set.copyOf(channels);
  }

  @Override
  public CanaryCertificate issue() {
    var certificate =
        core.own()
            .issue(
                owner,
                profile,
                DistinguishedName.ofCommonName(owner.id()),
                SoftwareKey.generate(KeyType.EC_P256),
                "canary");
    var issuer = core.authorities().issuerOf(certificate).orElseThrow();
    var scope =
        core.database()
            .certificates()
            .find(issuer.id(), certificate.serial())
            .orElseThrow()
            .scope();
    var urls = new EnumMap<Channel, URI>(Channel.class);
    for (var channel : channels) {
      urls.put(
          channel,
          switch (channel) {
            case OCSP -> core.urls().ocsp();
            case CRL, DELTA -> core.urls().crl(issuer.id(), scope);
          });
    }
    return new CanaryCertificate(x509(certificate), x509(issuer.certificate().orElseThrow()), urls);
  }

  @Override
  public void revoke(CanaryCertificate canary) {
    var serial = new SerialNumber(canary.certificate().getSerialNumber());
    var issuer =
        core.database().certificates().findBySerial(serial).stream()
            .filter(record -> record.owner().equals(owner))
            .findFirst()
            .orElseThrow()
            .issuer();
    var _ =
        revocation.revoke(issuer, serial, RevocationReason.SUPERSEDED, Optional.empty(), "canary");
  }

  private static X509Certificate x509(Certificate certificate) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
    } catch (CertificateException impossible) {
      throw new IllegalStateException("a certificate of ours that cannot be read", impossible);
    }
  }
}
