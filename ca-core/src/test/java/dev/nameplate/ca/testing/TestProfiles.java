package dev.nameplate.ca.testing;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.profile.AllowedNames;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.ExtendedKeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.KeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.Names;
import dev.nameplate.ca.profile.CertificateProfile.StatusUrl;
import dev.nameplate.ca.profile.CertificateProfile.Subject;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.profile.Network;
import dev.nameplate.ca.profile.RotationPolicy;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.x509.KeyType;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/// The profiles that Nameplate ships, as values. The files that `server` ships say the same; a test
/// there compares them.
public final class TestProfiles {

  private static final Set<StatusUrl> ALL =
      Set.of(StatusUrl.CRL, StatusUrl.CA_ISSUERS, StatusUrl.OCSP);
  private static final RotationPolicy AT_EXPIRY =
      new RotationPolicy(0.6, true, true, Supersede.AT_EXPIRY);

  /// Every type but ML-DSA, which a profile has to name on purpose: few verifiers know it.
  private static final KeyPolicy CLASSICAL =
      new KeyPolicy(
          new LinkedHashSet<>(
              List.of(
                  KeyType.EC_P256,
                  KeyType.EC_P384,
                  KeyType.EC_P521,
                  KeyType.ED25519,
                  KeyType.RSA_2048,
                  KeyType.RSA_3072,
                  KeyType.RSA_4096)));

  public static final CertificateProfile DEVICE =
      new CertificateProfile(
          "device",
          ProfileLike.version("device"),
          Set.of(OwnerKind.DEVICE),
          Duration.ofDays(90),
          Duration.ofMinutes(5),
          new KeyPolicy(
              new LinkedHashSet<>(
                  List.of(
                      KeyType.EC_P256,
                      KeyType.EC_P384,
                      KeyType.RSA_2048,
                      KeyType.RSA_3072,
                      KeyType.RSA_4096))),
          Subject.OWNER_ID,
          Names.NONE,
          OptionalInt.empty(),
          Set.of(KeyUsage.DIGITAL_SIGNATURE),
          List.of(ExtendedKeyUsage.CLIENT_AUTH),
          ALL,
          false,
          new RotationPolicy(0.6, true, true, Supersede.ON_CONFIRM),
          Optional.of(EnrollmentRules.USUAL),
          CertificateProfile.ISSUING);
  public static final CertificateProfile ADMIN =
      ProfileLike.of(DEVICE)
          .named("admin")
          .owner(OwnerKind.ADMIN)
          .validity(Duration.ofDays(365))
          .keys(CLASSICAL)
          .withoutRules()
          .profile();
  public static final CertificateProfile TLS_SERVER =
      ProfileLike.of(ADMIN)
          .named("tls-server")
          .owner(OwnerKind.SERVICE)
          .validity(Duration.ofDays(397))
          .subject(Subject.AS_REQUESTED)
          .names(Names.AS_REQUESTED)
          .extendedKeyUsage(List.of(ExtendedKeyUsage.SERVER_AUTH))
          .rotation(AT_EXPIRY)
          .profile();
  public static final CertificateProfile OCSP_SIGNER =
      ProfileLike.of(TLS_SERVER)
          .named("ocsp-signer")
          .validity(Duration.ofDays(14))
          .extendedKeyUsage(List.of(ExtendedKeyUsage.OCSP_SIGNING))
          .statusUrls(Set.of())
          .ocspNoCheck(true)
          .profile();
  public static final CertificateProfile ROOT_CA =
      authority("root-ca", Duration.ofDays(7305), 1, Set.of());
  public static final CertificateProfile ISSUING_CA =
      authority(
          "issuing-ca", Duration.ofDays(3653), 0, Set.of(StatusUrl.CRL, StatusUrl.CA_ISSUERS));

  /// Not shipped: a device that may have names of each kind, with its id in them.
  public static final CertificateProfile GATEWAY =
      ProfileLike.of(DEVICE)
          .named("gateway")
          .names(
              new Names.Within(
                  new AllowedNames(
                      List.of("{id}.devices.example"),
                      List.of(Network.of("10.0.0.0/8"), Network.of("2001:db8::/32")),
                      List.of("urn:device:{id}"),
                      true)))
          .profile();

  private TestProfiles() {}

  public static List<CertificateProfile> all() {
    return List.of(ROOT_CA, ISSUING_CA, DEVICE, TLS_SERVER, OCSP_SIGNER, ADMIN);
  }

  public static Optional<CertificateProfile> named(String name) {
    return all().stream().filter(profile -> profile.name().equals(name)).findFirst();
  }

  private static CertificateProfile authority(
      String name, Duration validity, int pathLength, Set<StatusUrl> urls) {
    return new CertificateProfile(
        name,
        ProfileLike.version(name),
        Set.of(OwnerKind.ISSUER),
        validity,
        Duration.ZERO,
        CLASSICAL,
        Subject.AS_REQUESTED,
        Names.NONE,
        OptionalInt.of(pathLength),
        Set.of(KeyUsage.KEY_CERT_SIGN, KeyUsage.CRL_SIGN),
        List.of(),
        urls,
        false,
        AT_EXPIRY,
        Optional.empty(),
        CertificateProfile.ROOT);
  }
}
