package dev.nameplate.est;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.profile.AllowedNames;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.ExtendedKeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.KeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.Names;
import dev.nameplate.ca.profile.CertificateProfile.StatusUrl;
import dev.nameplate.ca.profile.CertificateProfile.Subject;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.EnrollmentRules.Linking;
import dev.nameplate.ca.profile.EnrollmentRules.RequestedExtensions;
import dev.nameplate.ca.profile.EnrollmentRules.ServerKeygen;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.profile.Network;
import dev.nameplate.ca.profile.RotationPolicy;
import dev.nameplate.ca.profile.RotationPolicy.NameMatch;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.x509.KeyType;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Profiles like those that Nameplate ships.
final class TestProfiles {

  static final CertificateProfile DEVICE = device("device", KeyPolicy.anyStrong(), true);

  /// A second label, which wants P-384 keys and a new one each time.
  static final CertificateProfile SENSOR =
      device("sensor", new KeyPolicy(Set.of(KeyType.EC_P384)), false);

  /// A third label, under which an operator has to approve.
  static final CertificateProfile GUARDED =
      device(
          "guarded",
          KeyPolicy.anyStrong(),
          true,
          new EnrollmentRules(
              EnrollmentRules.USUAL.credentials(),
              Linking.WHEN_PRESENT,
              ServerKeygen.OFF,
              true,
              RequestedExtensions.IGNORE));

  /// A fourth label, whose devices may have names, keep a key once, change their names, and renew
  /// not too early.
  static final CertificateProfile GATEWAY =
      new CertificateProfile(
          "gateway",
          "3".repeat(64),
          Set.of(OwnerKind.DEVICE),
          Duration.ofDays(90),
          Duration.ofMinutes(5),
          KeyPolicy.anyStrong(),
          Subject.OWNER_ID,
          new Names.Within(
              new AllowedNames(
                  List.of("{id}.devices.example", "{id}.new.example"),
                  List.of(Network.of("10.0.0.0/8")),
                  List.of("urn:device:{id}"),
                  false)),
          OptionalInt.empty(),
          Set.of(KeyUsage.DIGITAL_SIGNATURE),
          List.of(ExtendedKeyUsage.CLIENT_AUTH),
          Set.of(StatusUrl.CRL, StatusUrl.CA_ISSUERS, StatusUrl.OCSP),
          false,
          new RotationPolicy(
              0.5,
              false,
              1,
              new Supersede.AfterGrace(Duration.ofHours(24)),
              Optional.empty(),
              NameMatch.RFC5280,
              true),
          Optional.of(
              new EnrollmentRules(
                  EnrollmentRules.USUAL.credentials(),
                  EnrollmentRules.USUAL.linking(),
                  EnrollmentRules.USUAL.serverKeygen(),
                  EnrollmentRules.USUAL.approval(),
                  RequestedExtensions.REFUSE)));

  static final CertificateProfile ROOT = authority("root-ca", 1, 7300);
  static final CertificateProfile ISSUING = authority("issuing-ca", 0, 3650);

  static final CertificateProfile TLS_SERVER =
      new CertificateProfile(
          "tls-server",
          "0".repeat(64),
          Set.of(OwnerKind.SERVICE),
          Duration.ofDays(90),
          Duration.ofMinutes(5),
          KeyPolicy.anyStrong(),
          Subject.AS_REQUESTED,
          Names.AS_REQUESTED,
          OptionalInt.empty(),
          Set.of(KeyUsage.DIGITAL_SIGNATURE),
          List.of(ExtendedKeyUsage.SERVER_AUTH),
          Set.of(),
          false,
          new RotationPolicy(0.66, true, true, Supersede.AT_EXPIRY),
          Optional.empty());

  private TestProfiles() {}

  private static CertificateProfile device(String name, KeyPolicy keys, boolean sameKey) {
    return device(name, keys, sameKey, EnrollmentRules.USUAL);
  }

  private static CertificateProfile device(
      String name, KeyPolicy keys, boolean sameKey, EnrollmentRules rules) {
    return new CertificateProfile(
        name,
        "1".repeat(64),
        Set.of(OwnerKind.DEVICE),
        Duration.ofDays(90),
        Duration.ofMinutes(5),
        keys,
        Subject.OWNER_ID,
        Names.NONE,
        OptionalInt.empty(),
        Set.of(KeyUsage.DIGITAL_SIGNATURE),
        List.of(ExtendedKeyUsage.CLIENT_AUTH),
        Set.of(StatusUrl.CRL, StatusUrl.CA_ISSUERS, StatusUrl.OCSP),
        false,
        new RotationPolicy(0.66, true, sameKey, Supersede.ON_CONFIRM),
        Optional.of(rules));
  }

  private static CertificateProfile authority(String name, int pathLength, int days) {
    return new CertificateProfile(
        name,
        "2".repeat(64),
        Set.of(OwnerKind.ISSUER),
        Duration.ofDays(days),
        Duration.ofMinutes(10),
        KeyPolicy.anyStrong(),
        Subject.AS_REQUESTED,
        Names.NONE,
        OptionalInt.of(pathLength),
        Set.of(KeyUsage.KEY_CERT_SIGN, KeyUsage.CRL_SIGN),
        List.of(),
        Set.of(),
        false,
        new RotationPolicy(0.5, true, true, Supersede.AT_EXPIRY),
        Optional.empty());
  }
}
