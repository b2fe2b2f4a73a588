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
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.profile.EnrollmentRules.IdevidName;
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
import dev.nameplate.ca.x509.KeyType;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// Profiles like those that Nameplate ships.
final class TestProfiles {

  private static final SecretScheme BASIC = SecretScheme.BASIC;

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
              Set.of(SecretScheme.BASIC),
              Require.ANY));

  /// Wants requests that are tied to their connection.
  static final CertificateProfile LINKED = ruled("linked", Linking.REQUIRED, Require.ANY, BASIC);

  /// Wants a certificate and a secret.
  static final CertificateProfile BOTH =
      ruled("both", Linking.WHEN_PRESENT, Require.CERTIFICATE_AND_SECRET, BASIC);

  /// Asks for Digest first, and takes Basic.
  static final CertificateProfile DIGEST =
      ruled("digest", Linking.WHEN_PRESENT, Require.ANY, BASIC, SecretScheme.DIGEST);

  /// Takes Digest only.
  static final CertificateProfile DIGEST_ONLY =
      ruled("digest-only", Linking.WHEN_PRESENT, Require.ANY, SecretScheme.DIGEST);

  /// Takes no secret at all.
  static final CertificateProfile CERTIFICATES =
      device(
          "certificates",
          KeyPolicy.anyStrong(),
          true,
          new EnrollmentRules(
              Set.of(Credential.CERTIFICATE),
              Linking.WHEN_PRESENT,
              ServerKeygen.OFF,
              false,
              Set.of(),
              Require.ANY));

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
                  RequestedExtensions.REFUSE,
                  EnrollmentRules.USUAL.secrets(),
                  EnrollmentRules.USUAL.require(),
                  EnrollmentRules.USUAL.idevid(),
                  EnrollmentRules.USUAL.register(),
                  EnrollmentRules.USUAL.expiredGrace())));

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

  /// A label that lets in whom it is told to by manufacturers and stations, if they are registered.
  static final CertificateProfile MADE =
      device(
          "made",
          KeyPolicy.anyStrong(),
          true,
          rules(Registration.BEFORE, EnumSet.allOf(Credential.class)));

  /// The same for devices that nobody registered; no secret lets anybody in.
  static final CertificateProfile FOUND =
      device(
          "found",
          KeyPolicy.anyStrong(),
          true,
          rules(
              Registration.AUTOMATICALLY,
              EnumSet.of(Credential.CERTIFICATE, Credential.MANUFACTURER, Credential.STATION)));

  static final CertificateProfile STATION =
      client(
          "station",
          OwnerKind.STATION,
          KeyPolicy.anyStrong(),
          true,
          List.of(ExtendedKeyUsage.CLIENT_AUTH, ExtendedKeyUsage.CMC_RA),
          EnrollmentRules.USUAL);

  /// For stations, too, but its certificates do not say so.
  static final CertificateProfile BENCH =
      client(
          "bench",
          OwnerKind.STATION,
          KeyPolicy.anyStrong(),
          true,
          List.of(ExtendedKeyUsage.CLIENT_AUTH),
          EnrollmentRules.USUAL);

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

  private static CertificateProfile ruled(
      String name, Linking linking, Require require, SecretScheme... secrets) {
    return device(
        name,
        KeyPolicy.anyStrong(),
        true,
        new EnrollmentRules(
            Set.of(Credential.SECRET, Credential.CERTIFICATE),
            linking,
            ServerKeygen.OFF,
            false,
            Set.of(secrets),
            require));
  }

  private static EnrollmentRules rules(Registration register, Set<Credential> credentials) {
    return new EnrollmentRules(
        credentials,
        Linking.WHEN_PRESENT,
        ServerKeygen.OFF,
        false,
        RequestedExtensions.IGNORE,
        Set.of(SecretScheme.BASIC),
        Require.ANY,
        IdevidName.SERIAL_NUMBER,
        register,
        Duration.ofDays(7));
  }

  private static CertificateProfile keygen(String name, ServerKeygen serverKeygen) {
    var usual = EnrollmentRules.USUAL;
    return device(
        name,
        KeyPolicy.anyStrong(),
        true,
        new EnrollmentRules(
            usual.credentials(),
            usual.linking(),
            serverKeygen,
            usual.approval(),
            usual.secrets(),
            usual.require()));
  }

  private static CertificateProfile device(String name, KeyPolicy keys, boolean sameKey) {
    return device(name, keys, sameKey, EnrollmentRules.USUAL);
  }

  private static CertificateProfile device(
      String name, KeyPolicy keys, boolean sameKey, EnrollmentRules rules) {
    return client(
        name, OwnerKind.DEVICE, keys, sameKey, List.of(ExtendedKeyUsage.CLIENT_AUTH), rules);
  }

  private static CertificateProfile client(
      String name,
      OwnerKind kind,
      KeyPolicy keys,
      boolean sameKey,
      List<ExtendedKeyUsage> uses,
      EnrollmentRules rules) {
    return new CertificateProfile(
        name,
        "1".repeat(64),
        Set.of(kind),
        Duration.ofDays(90),
        Duration.ofMinutes(5),
        keys,
        Subject.OWNER_ID,
        Names.NONE,
        OptionalInt.empty(),
        Set.of(KeyUsage.DIGITAL_SIGNATURE),
        uses,
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
