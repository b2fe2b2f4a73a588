package dev.nameplate.server;

import dev.nameplate.ca.device.OwnerKind;
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
import dev.nameplate.ca.profile.EnrollmentRules.Require;
import dev.nameplate.ca.profile.EnrollmentRules.SecretScheme;
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

/// What one file in the folder of profiles says. Nothing that shapes the certificate has a default:
/// a profile says all of it.
record ProfileFile(
    @Setting("The profile's name, which is also the file's.") String name,
    @Setting("The kinds of owner it is for.") Set<OwnerKind> owners,
    @Setting("From notBefore to notAfter.") Duration validity,
    @Setting("How far notBefore lies before the moment of issuance.") Duration backdate,
    @Setting("The public keys that are certified; clients are asked for the first.")
        Set<KeyType> keys,
    @Setting("`owner-id`: CN = the owner's id; `as-requested` is for our own services only.")
        Subject subject,
    @Setting("Which subjectAltNames are taken over from the request.") Names names,
    @Setting("For an authority: how many authorities may follow below it.")
        Optional<PathLength> authority,
    @Setting("KeyUsage, critical.") Set<KeyUsage> keyUsage,
    @Setting("ExtendedKeyUsage; may be empty.") List<ExtendedKeyUsage> extendedKeyUsage,
    @Setting("The pointers to status in the certificate.") Set<StatusUrl> statusUrls,
    @Setting("Whether it carries id-pkix-ocsp-nocheck (RFC 6960).") boolean ocspNoCheck,
    Rotation rotation,
    @Setting("For EST: it may be asked for under its name as label, by these rules.")
        Optional<Enrollment> enrollment,
    @Setting(
            "The role of the authority that signs it, as `nameplate issuer list` names it. Without"
                + " it: `issuing`, and for authorities always `root`.")
        Optional<String> issuer) {

  /// What a label asks of whoever enrolls under it.
  record Enrollment(
      @Setting(
              value = "What lets somebody in at enrollment; one is enough.",
              byDefault = "secret, certificate")
          Set<Credential> credentials,
      @Setting(
              value = "Whether a request must be tied to its TLS connection.",
              byDefault = "when-present")
          Linking linking,
      @Setting(value = "Whether the server makes keys for those who cannot.", byDefault = "off")
          ServerKeygen serverKeygen,
      @Setting(
              value = "Whether a first certificate waits for an operator's approval.",
              byDefault = "false")
          boolean approval,
      @Setting(
              value =
                  "How an enrollment secret may be shown in HTTP: `basic`, `digest` (SHA-256), or"
                      + " both.",
              byDefault = "basic")
          Set<SecretScheme> secrets,
      @Setting(
              value =
                  "Whether one of the credentials is enough at enrollment: `any`, or"
                      + " `certificate-and-secret` of the same device.",
              byDefault = "any")
          Require require,
      @Setting(
              value =
                  "What in the subject of a manufacturer's certificate (IDevID) is the device's"
                      + " id.",
              byDefault = "serial-number")
          IdevidName idevid,
      @Setting(
              value =
                  "Whether a device for which a manufacturer or a station vouches must be registered"
                      + " before.",
              byDefault = "before")
          Registration register,
      @Setting(
              value =
                  "How long after its notAfter a certificate may still renew itself, if nothing took"
                      + " its place.",
              byDefault = "0s")
          Duration expiredGrace) {

    EnrollmentRules rules() {
      return new EnrollmentRules(
          credentials,
          linking,
          serverKeygen,
          approval,
          secrets,
          require,
          idevid,
          register,
          expiredGrace);
    }
  }

  /// pathLenConstraint of RFC 5280 section 4.2.1.9.
  record PathLength(@Setting("pathLenConstraint.") int pathLength) {

    PathLength {
      if (pathLength < 0 || pathLength > 8) {
        throw new IllegalArgumentException("path_length " + pathLength + " is not 0 to 8");
      }
    }
  }

  /// How a certificate gives way to the next one.
  record Rotation(
      @Setting("The part of its life, 0 to 1, after which it should be renewed.")
          double windowStart,
      @Setting("Whether renewal before that is answered all the same.") boolean earlyRenewal,
      @Setting("Whether a renewal may keep its key.") boolean sameKey,
      @Setting("When the old certificate ends once the new one is in use.") Supersede supersede) {

    Rotation {
      if (windowStart > 1) {
        throw new IllegalArgumentException("window_start " + windowStart + " is not 0 to 1");
      }
    }
  }

  /// @param version SHA-256 in hex of the file's content
  /// @throws IllegalArgumentException if no certificate could be made of it
  CertificateProfile profile(String version) {
    return new CertificateProfile(
        name,
        version,
        owners,
        validity,
        backdate,
        new KeyPolicy(keys),
        subject,
        names,
        authority.map(limit -> OptionalInt.of(limit.pathLength())).orElse(OptionalInt.empty()),
        keyUsage,
        extendedKeyUsage,
        statusUrls,
        ocspNoCheck,
        new RotationPolicy(
            rotation.windowStart(),
            rotation.earlyRenewal(),
            rotation.sameKey(),
            rotation.supersede()),
        enrollment.map(Enrollment::rules),
        issuer.orElse(
            authority.isPresent() ? CertificateProfile.ROOT : CertificateProfile.ISSUING));
  }
}
