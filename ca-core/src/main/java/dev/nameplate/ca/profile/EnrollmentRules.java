package dev.nameplate.ca.profile;

import java.time.Duration;
import java.util.Set;

/// What a label asks of whoever enrolls under it.
///
/// @param credentials what lets somebody in at enrollment; one is enough
/// @param linking whether a request must be tied to its TLS connection
/// @param serverKeygen whether the server makes keys for those who cannot
/// @param approval whether a first certificate waits until an operator approved it
/// @param requestedExtensions what becomes of extensions that the certificate will not have
/// @param secrets how an enrollment secret may be shown in HTTP
/// @param require how many of the credentials it takes at enrollment; at re-enrollment the
///   certificate that is renewed is always enough
/// @param idevid what in a manufacturer's certificate is the device's id
/// @param register whether a device may come that nobody registered
/// @param expiredGrace how long after its notAfter a certificate of ours may still be renewed
public record EnrollmentRules(
    Set<Credential> credentials,
    Linking linking,
    ServerKeygen serverKeygen,
    boolean approval,
    RequestedExtensions requestedExtensions,
    Set<SecretScheme> secrets,
    Require require,
    IdevidName idevid,
    Registration register,
    Duration expiredGrace) {

  /// What a client can show.
  public enum Credential {
    /// The enrollment secret of a registered device.
    SECRET,
    /// A certificate that this CA issued to the same owner.
    CERTIFICATE,
    /// A certificate of its manufacturer (IDevID), under a trust anchor of the label.
    MANUFACTURER,
    /// The certificate of a station that works for the label.
    STATION
  }

  /// Proof of possession linking (RFC 7030 section 3.5). What a request carries of it is always
  /// verified.
  public enum Linking {
    WHEN_PRESENT,
    REQUIRED
  }

  /// Server-side key generation (RFC 7030 section 4.4).
  public enum ServerKeygen {
    OFF,
    /// Only with a key of the client's under which the new one travels.
    ENCRYPTED,
    /// Also protected by TLS alone.
    PLAIN
  }

  /// What becomes of a request for an extension, other than the names that a profile allows, that
  /// the certificate will not have exactly so.
  public enum RequestedExtensions {
    /// The profile decides alone (RFC 7030 section 4.2.1), and the certificate shows what it was.
    IGNORE,
    /// The request is refused, and told which.
    REFUSE
  }

  /// How a secret travels.
  public enum SecretScheme {
    /// As it is (RFC 7617); TLS protects it.
    BASIC,
    /// As a hash over a challenge (RFC 7616), with SHA-256. For this what is remembered of a secret
    /// can be decrypted by the server.
    DIGEST
  }

  /// How many credentials it takes.
  public enum Require {
    /// One of them.
    ANY,
    /// A certificate and a secret, of the same device.
    CERTIFICATE_AND_SECRET
  }

  /// What in the subject of an IDevID is the device's id. Nothing of the request is.
  public enum IdevidName {
    /// The serialNumber attribute, as IEEE 802.1AR has it.
    SERIAL_NUMBER,
    /// The common name.
    COMMON_NAME
  }

  /// How a device of which a manufacturer or a station says that it is one becomes known.
  public enum Registration {
    /// An operator registers it first.
    BEFORE,
    /// In the moment in which it enrolls.
    AUTOMATICALLY
  }

  // before the constant below, whose constructor asks for it
  private static final Duration LONGEST_GRACE = Duration.ofDays(3650);

  /// Whoever knows a secret or holds our certificate gets in; the profile decides alone about
  /// extensions.
  public static final EnrollmentRules USUAL =
      new EnrollmentRules(
          Set.of(Credential.SECRET, Credential.CERTIFICATE),
          Linking.WHEN_PRESENT,
          ServerKeygen.OFF,
          false,
          RequestedExtensions.IGNORE,
          Set.of(SecretScheme.BASIC),
          Require.ANY,
          IdevidName.SERIAL_NUMBER,
          Registration.BEFORE,
          Duration.ZERO);

  public EnrollmentRules {
    if (credentials.isEmpty()) {
      throw new IllegalArgumentException("no credential lets anybody in");
    }
    if (credentials.contains(Credential.SECRET) && secrets.isEmpty()) {
      throw new IllegalArgumentException("secrets let in, but there is no way to show one");
    }
    if (require == Require.CERTIFICATE_AND_SECRET
        && (!credentials.contains(Credential.SECRET)
            || !(credentials.contains(Credential.CERTIFICATE)
                || credentials.contains(Credential.MANUFACTURER)))) {
      throw new IllegalArgumentException(
          "a certificate and a secret are required, but not both are let in");
    }
    if (expiredGrace.isNegative() || expiredGrace.compareTo(LONGEST_GRACE) > 0) {
      throw new IllegalArgumentException("an expired_grace of " + expiredGrace);
    }
    credentials = Set.copyOf(credentials);
    secrets = Set.copyOf(secrets);
  }
}
