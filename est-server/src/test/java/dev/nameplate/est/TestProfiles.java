package dev.nameplate.est;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.ExtendedKeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.KeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.Names;
import dev.nameplate.ca.profile.CertificateProfile.StatusUrl;
import dev.nameplate.ca.profile.CertificateProfile.Subject;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.EnrollmentRules.Linking;
import dev.nameplate.ca.profile.EnrollmentRules.ServerKeygen;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.profile.RotationPolicy;
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
              EnrollmentRules.USUAL.credentials(), Linking.WHEN_PRESENT, ServerKeygen.OFF, true));

  /// A label that makes keys for devices.
  static final CertificateProfile METER = keygen("meter", ServerKeygen.PLAIN);

  /// A label that does so only for those who have a key to protect the new one with.
  static final CertificateProfile VAULT = keygen("vault", ServerKeygen.ENCRYPTED);

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

  private static CertificateProfile keygen(String name, ServerKeygen serverKeygen) {
    var usual = EnrollmentRules.USUAL;
    return device(
        name,
        KeyPolicy.anyStrong(),
        true,
        new EnrollmentRules(usual.credentials(), usual.linking(), serverKeygen, usual.approval()));
  }

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
