package dev.nameplate.server;

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
    @Setting("Which subjectAltNames are taken over from the request.") AltNames names,
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
              value =
                  "What lets somebody in at enrollment; one is enough, unless `require` says otherwise.",
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
                  "What becomes of a request for an extension that the certificate will not have"
                      + " exactly so. Names have rules of their own.",
              byDefault = "ignore")
          RequestedExtensions requestedExtensions,
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
          requestedExtensions,
          secrets,
          require,
          idevid,
          register,
          expiredGrace);
    }
  }

  /// Either one word, or what is allowed.
  sealed interface AltNames {

    Names names();

    /// For all owners alike.
    enum Fixed implements AltNames {
      NONE,
      AS_REQUESTED;

      @Override
      public Names names() {
        return switch (this) {
          case NONE -> Names.NONE;
          case AS_REQUESTED -> Names.AS_REQUESTED;
        };
      }
    }

    /// Others are refused by name.
    record Within(
        @Setting("Host names: `{id}` is the owner's id, a label `*` is any one label.")
            Optional<List<String>> dns,
        @Setting("Networks of IP addresses: `10.0.0.0/8`, `2001:db8::/32`.")
            Optional<List<String>> ip,
        @Setting("URIs: `{id}` is the owner's id.") Optional<List<String>> uri,
        @Setting(value = "Whether a hardwareModuleName (RFC 4108) is allowed.", byDefault = "false")
            boolean hardwareModule)
        implements AltNames {

      public Within {
        allowed(dns, ip, uri, hardwareModule);
      }

      @Override
      public Names names() {
        return new Names.Within(allowed(dns, ip, uri, hardwareModule));
      }

      private static AllowedNames allowed(
          Optional<List<String>> dns,
          Optional<List<String>> ip,
          Optional<List<String>> uri,
          boolean hardwareModule) {
        return new AllowedNames(
            dns.orElse(List.of()),
            ip.orElse(List.of()).stream().map(Network::of).toList(),
            uri.orElse(List.of()),
            hardwareModule);
      }
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
      @Setting("How many renewals in a row may keep it; any number if this is not there.")
          Optional<Integer> sameKeyLimit,
      @Setting("When the old certificate ends once the new one is in use.") End supersede,
      @Setting("For `after-grace`: how much later.") Optional<Duration> grace,
      @Setting(
              "After how long a renewed certificate that nobody was seen to use is revoked. Only for"
                  + " devices that show it here soon after they have it: see docs/renewal.md.")
          Optional<Duration> pendingCap,
      @Setting(
              value = "How a renewal's names are compared with those that it had.",
              byDefault = "rfc5280")
          NameMatch nameMatch,
      @Setting(
              value = "Whether a renewal may ask for other subjectAltNames (RFC 6402 section 2.8).",
              byDefault = "false")
          boolean changeNames) {

    /// When an old certificate ends.
    enum End {
      ON_CONFIRM,
      AFTER_GRACE,
      AT_EXPIRY
    }

    Rotation {
      if (windowStart > 1) {
        throw new IllegalArgumentException("window_start " + windowStart + " is not 0 to 1");
      }
      if (grace.isPresent() != (supersede == End.AFTER_GRACE)) {
        throw new IllegalArgumentException(
            "a grace belongs to supersede: after-grace, and only there");
      }
      if (sameKeyLimit.isPresent() && (!sameKey || sameKeyLimit.get() < 1)) {
        throw new IllegalArgumentException("a same_key_limit is 1 or more, with same_key: true");
      }
    }

    RotationPolicy policy() {
      return new RotationPolicy(
          windowStart,
          earlyRenewal,
          sameKey ? sameKeyLimit.orElse(RotationPolicy.UNLIMITED) : 0,
          switch (supersede) {
            case ON_CONFIRM -> Supersede.ON_CONFIRM;
            case AFTER_GRACE -> new Supersede.AfterGrace(grace.orElseThrow());
            case AT_EXPIRY -> Supersede.AT_EXPIRY;
          },
          pendingCap,
          nameMatch,
          changeNames);
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
        names.names(),
        authority.map(limit -> OptionalInt.of(limit.pathLength())).orElse(OptionalInt.empty()),
        keyUsage,
        extendedKeyUsage,
        statusUrls,
        ocspNoCheck,
        rotation.policy(),
        enrollment.map(Enrollment::rules),
        issuer.orElse(
            authority.isPresent() ? CertificateProfile.ROOT : CertificateProfile.ISSUING));
  }
}
