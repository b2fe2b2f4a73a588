package dev.nameplate.ca.profile;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.x509.KeyType;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Pattern;

/// What a certificate of one kind looks like. What a request asks for never widens it.
///
/// @param version SHA-256 in hex of the profile's canonical source, to which every issuance refers
/// @param owners the kinds of owner it is for
/// @param validity from notBefore to notAfter, both included
/// @param backdate how far notBefore lies before the moment of issuance, for clocks that run behind
/// @param subject what the subject is made of
/// @param names which subjectAltNames are taken over from the request
/// @param authority pathLenConstraint for an authority, empty for an end entity
/// @param statusUrls which of CDP, AIA caIssuers and AIA OCSP the certificate names, or that there
///   is no revocation
/// @param ocspNoCheck whether it carries id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1)
/// @param enrollment by which rules it may be asked for over EST, under its name as label; empty if
///   it may not
/// @param issuer the role of the authority that signs it; authorities are signed by the root
public record CertificateProfile(
    String name,
    String version,
    Set<OwnerKind> owners,
    Duration validity,
    Duration backdate,
    KeyPolicy keys,
    Subject subject,
    Names names,
    OptionalInt authority,
    Set<KeyUsage> keyUsage,
    List<ExtendedKeyUsage> extendedKeyUsage,
    Set<StatusUrl> statusUrls,
    boolean ocspNoCheck,
    RotationPolicy rotation,
    Optional<EnrollmentRules> enrollment,
    String issuer) {

  /// The role of the authority that signs authorities, and itself.
  public static final String ROOT = "root";

  /// The role of the authority that signs everything else, unless a profile says otherwise.
  public static final String ISSUING = "issuing";

  /// What the subject of a certificate is made of.
  public enum Subject {
    /// CN = the owner's id, and nothing else: a client can repeat it at re-enrollment.
    OWNER_ID,
    /// As the request has it: for our own authorities and services, whose requests we make
    /// ourselves.
    AS_REQUESTED
  }

  /// Which subjectAltNames are taken over from a request.
  public sealed interface Names {

    Names NONE = new None();
    Names AS_REQUESTED = new AsRequested();

    /// None: what is asked for is not taken over.
    record None() implements Names {}

    /// As the request has them: only for our own services.
    record AsRequested() implements Names {}

    /// Those that are allowed; a request for any other is refused.
    record Within(AllowedNames allowed) implements Names {}
  }

  /// KeyUsage of RFC 5280 section 4.2.1.3, as far as profiles use it.
  public enum KeyUsage {
    DIGITAL_SIGNATURE,
    KEY_ENCIPHERMENT,
    KEY_CERT_SIGN,
    CRL_SIGN
  }

  /// ExtendedKeyUsage of RFC 5280 section 4.2.1.12, and of the RFCs that add to it.
  public enum ExtendedKeyUsage {
    CLIENT_AUTH("1.3.6.1.5.5.7.3.2"),
    SERVER_AUTH("1.3.6.1.5.5.7.3.1"),
    OCSP_SIGNING("1.3.6.1.5.5.7.3.9"),
    CMC_RA("1.3.6.1.5.5.7.3.28"),
    /// Of RFC 9336.
    DOCUMENT_SIGNING("1.3.6.1.5.5.7.3.36");

    private final String oid;

    ExtendedKeyUsage(String oid) {
      this.oid = oid;
    }

    public String oid() {
      return oid;
    }
  }

  /// The pointers to status that a certificate can carry.
  public enum StatusUrl {
    CRL,
    CA_ISSUERS,
    OCSP,
    /// None, and it says so (id-ce-noRevAvail, RFC 9608): for what ends before a revocation would
    /// matter.
    NO_REV_AVAIL
  }

  /// How long a certificate may be good whose revocation nobody can see.
  public static final Duration LONGEST_WITHOUT_REVOCATION = Duration.ofDays(7);

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  public CertificateProfile {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("not a profile name: " + name);
    }
    if (validity.toSeconds() < 60) {
      throw new IllegalArgumentException("profile " + name + ": a validity of " + validity);
    }
    if (backdate.isNegative() || backdate.compareTo(validity) >= 0) {
      throw new IllegalArgumentException("profile " + name + ": a backdate of " + backdate);
    }
    if (keyUsage.isEmpty()) {
      throw new IllegalArgumentException("profile " + name + ": no key usage");
    }
    if (enrollment.isPresent()
        && (subject == Subject.AS_REQUESTED || names.equals(Names.AS_REQUESTED))) {
      throw new IllegalArgumentException(
          "profile " + name + ": who asks over EST would choose its own names");
    }
    if (!NAME.matcher(issuer).matches()) {
      throw new IllegalArgumentException("profile " + name + ": no issuer is called " + issuer);
    }
    if (authority.isPresent() != issuer.equals(ROOT)) {
      throw new IllegalArgumentException(
          "profile " + name + ": the root signs authorities, and nothing else");
    }
    if (statusUrls.contains(StatusUrl.NO_REV_AVAIL)) {
      requireShortLived(name, validity, authority, statusUrls);
    }
    if (authority.isPresent() && !rotation.supersede().equals(RotationPolicy.Supersede.AT_EXPIRY)) {
      throw new IllegalArgumentException(
          "profile " + name + ": an authority is not revoked because it has a successor");
    }
    owners = Set.copyOf(owners);
    keyUsage = Set.copyOf(EnumSet.copyOf(keyUsage));
    extendedKeyUsage = List.copyOf(extendedKeyUsage);
    statusUrls = Set.copyOf(statusUrls);
  }

  private static void requireShortLived(
      String name, Duration validity, OptionalInt authority, Set<StatusUrl> statusUrls) {
    if (statusUrls.contains(StatusUrl.CRL) || statusUrls.contains(StatusUrl.OCSP)) {
      throw new IllegalArgumentException(
          "profile " + name + ": no-rev-avail beside where to ask for revocations");
    }
    if (authority.isPresent()) {
      throw new IllegalArgumentException(
          "profile " + name + ": an authority that cannot be revoked");
    }
    if (validity.compareTo(LONGEST_WITHOUT_REVOCATION) > 0) {
      throw new IllegalArgumentException(
          "profile %s: no-rev-avail with a validity of %s, and at most %d days are allowed"
              .formatted(name, validity, LONGEST_WITHOUT_REVOCATION.toDays()));
    }
  }

  /// The type of key that a client is asked for which can make several: the first that is allowed
  /// and can do what the certificate says. An elliptic key cannot encipher (RFC 8813 section 3).
  public KeyType preferredKey() {
    return keys.allowed().stream()
        .filter(type -> type.isRsa() || !keyUsage.contains(KeyUsage.KEY_ENCIPHERMENT))
        .findFirst()
        .orElseGet(() -> keys.allowed().iterator().next());
  }

  /// The same with these pointers to status.
  public CertificateProfile with(Set<StatusUrl> others) {
    return with(validity, others);
  }

  /// The same for a certificate that is issued at `now` and good until `end`.
  public CertificateProfile until(Instant end, Instant now) {
    return with(Duration.between(now.minus(backdate), end).plusSeconds(1), statusUrls);
  }

  private CertificateProfile with(Duration otherValidity, Set<StatusUrl> otherStatusUrls) {
    return new CertificateProfile(
        name,
        version,
        owners,
        otherValidity,
        backdate,
        keys,
        subject,
        names,
        authority,
        keyUsage,
        extendedKeyUsage,
        otherStatusUrls,
        ocspNoCheck,
        rotation,
        enrollment,
        issuer);
  }

  public boolean isAuthority() {
    return authority.isPresent();
  }
}
