package dev.nameplate.est;

import static dev.nameplate.ca.testing.RulesLike.usual;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.profile.AllowedNames;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.ExtendedKeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.Names;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.profile.EnrollmentRules.Linking;
import dev.nameplate.ca.profile.EnrollmentRules.Registration;
import dev.nameplate.ca.profile.EnrollmentRules.RequestedExtensions;
import dev.nameplate.ca.profile.EnrollmentRules.Require;
import dev.nameplate.ca.profile.EnrollmentRules.SecretScheme;
import dev.nameplate.ca.profile.EnrollmentRules.ServerKeygen;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.profile.Network;
import dev.nameplate.ca.profile.RotationPolicy;
import dev.nameplate.ca.profile.RotationPolicy.NameMatch;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.testing.ProfileLike;
import dev.nameplate.ca.x509.KeyType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Profiles like those that Nameplate ships, for every type of key.
final class TestProfiles {

  static final CertificateProfile DEVICE =
      ProfileLike.of(dev.nameplate.ca.testing.TestProfiles.DEVICE)
          .keys(KeyPolicy.anyStrong())
          .rotation(new RotationPolicy(0.66, true, true, Supersede.ON_CONFIRM))
          .profile();

  /// A second label, which wants P-384 keys and a new one each time.
  static final CertificateProfile SENSOR =
      device("sensor")
          .keys(new KeyPolicy(Set.of(KeyType.EC_P384)))
          .rotation(new RotationPolicy(0.66, true, false, Supersede.ON_CONFIRM))
          .profile();

  /// A third label, under which an operator has to approve.
  static final CertificateProfile GUARDED =
      device("guarded").rules(usual().approval(true)).profile();

  /// Wants requests that are tied to their connection.
  static final CertificateProfile LINKED =
      device("linked").rules(usual().linking(Linking.REQUIRED)).profile();

  /// Wants a certificate and a secret.
  static final CertificateProfile BOTH =
      device("both").rules(usual().require(Require.CERTIFICATE_AND_SECRET)).profile();

  /// Asks for Digest first, and takes Basic.
  static final CertificateProfile DIGEST =
      device("digest").rules(usual().secrets(SecretScheme.BASIC, SecretScheme.DIGEST)).profile();

  /// Takes Digest only.
  static final CertificateProfile DIGEST_ONLY =
      device("digest-only").rules(usual().secrets(SecretScheme.DIGEST)).profile();

  /// Takes no secret at all.
  static final CertificateProfile CERTIFICATES =
      device("certificates").rules(usual().credentials(Credential.CERTIFICATE).secrets()).profile();

  /// A fourth label, whose devices may have names, keep a key once, change their names, and renew
  /// not too early.
  static final CertificateProfile GATEWAY =
      device("gateway")
          .names(
              new Names.Within(
                  new AllowedNames(
                      List.of("{id}.devices.example", "{id}.new.example"),
                      List.of(Network.of("10.0.0.0/8")),
                      List.of("urn:device:{id}"),
                      false)))
          .rotation(
              new RotationPolicy(
                  0.5,
                  false,
                  1,
                  new Supersede.AfterGrace(Duration.ofHours(24)),
                  Optional.empty(),
                  NameMatch.RFC5280,
                  true))
          .rules(usual().requestedExtensions(RequestedExtensions.REFUSE))
          .profile();

  /// A label that makes keys for devices.
  static final CertificateProfile METER =
      device("meter").rules(usual().serverKeygen(ServerKeygen.PLAIN)).profile();

  /// A label that does so only for those who have a key to protect the new one with.
  static final CertificateProfile VAULT =
      device("vault").rules(usual().serverKeygen(ServerKeygen.ENCRYPTED)).profile();

  static final CertificateProfile ROOT =
      authority(dev.nameplate.ca.testing.TestProfiles.ROOT_CA, 7300);
  static final CertificateProfile ISSUING =
      authority(dev.nameplate.ca.testing.TestProfiles.ISSUING_CA, 3650);

  static final CertificateProfile TLS_SERVER =
      ProfileLike.of(dev.nameplate.ca.testing.TestProfiles.TLS_SERVER)
          .validity(Duration.ofDays(90))
          .keys(KeyPolicy.anyStrong())
          .statusUrls(Set.of())
          .rotation(new RotationPolicy(0.66, true, true, Supersede.AT_EXPIRY))
          .profile();

  /// A label that lets in whom it is told to by manufacturers and stations, if they are registered.
  static final CertificateProfile MADE =
      device("made")
          .rules(usual().credentials(Credential.values()).expiredGrace(Duration.ofDays(7)))
          .profile();

  /// The same for devices that nobody registered; no secret lets anybody in.
  static final CertificateProfile FOUND =
      device("found")
          .rules(
              usual()
                  .credentials(Credential.CERTIFICATE, Credential.MANUFACTURER, Credential.STATION)
                  .register(Registration.AUTOMATICALLY)
                  .expiredGrace(Duration.ofDays(7)))
          .profile();

  static final CertificateProfile STATION =
      device("station")
          .owner(OwnerKind.STATION)
          .extendedKeyUsage(List.of(ExtendedKeyUsage.CLIENT_AUTH, ExtendedKeyUsage.CMC_RA))
          .profile();

  /// For stations, too, but its certificates do not say so.
  static final CertificateProfile BENCH = device("bench").owner(OwnerKind.STATION).profile();

  /// Every label of the fixture.
  static final List<CertificateProfile> LABELS =
      List.of(
          DEVICE,
          SENSOR,
          GUARDED,
          GATEWAY,
          METER,
          VAULT,
          LINKED,
          BOTH,
          DIGEST,
          DIGEST_ONLY,
          CERTIFICATES,
          MADE,
          FOUND,
          STATION,
          BENCH);

  private TestProfiles() {}

  private static ProfileLike device(String name) {
    return ProfileLike.of(DEVICE).named(name);
  }

  private static CertificateProfile authority(CertificateProfile like, int days) {
    return ProfileLike.of(like)
        .validity(Duration.ofDays(days))
        .backdate(Duration.ofMinutes(10))
        .keys(KeyPolicy.anyStrong())
        .statusUrls(Set.of())
        .rotation(new RotationPolicy(0.5, true, true, Supersede.AT_EXPIRY))
        .profile();
  }
}
