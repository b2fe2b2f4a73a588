package dev.nameplate.ca.profile;

import java.util.Set;

/// What a label asks of whoever enrolls under it.
///
/// @param credentials what lets somebody in at enrollment; one is enough
/// @param linking whether a request must be tied to its TLS connection
/// @param serverKeygen whether the server makes keys for those who cannot
/// @param approval whether a first certificate waits until an operator approved it
/// @param requestedExtensions what becomes of extensions that the certificate will not have
public record EnrollmentRules(
    Set<Credential> credentials,
    Linking linking,
    ServerKeygen serverKeygen,
    boolean approval,
    RequestedExtensions requestedExtensions) {

  /// What a client can show.
  public enum Credential {
    /// The enrollment secret of a registered device.
    SECRET,
    /// A certificate that this CA issued to the same owner.
    CERTIFICATE
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

  /// Whoever knows a secret or holds our certificate gets in.
  public static final EnrollmentRules USUAL =
      new EnrollmentRules(
          Set.of(Credential.SECRET, Credential.CERTIFICATE),
          Linking.WHEN_PRESENT,
          ServerKeygen.OFF,
          false,
          RequestedExtensions.IGNORE);

  public EnrollmentRules {
    if (credentials.isEmpty()) {
      throw new IllegalArgumentException("no credential lets anybody in");
    }
    credentials = Set.copyOf(credentials);
  }
}
