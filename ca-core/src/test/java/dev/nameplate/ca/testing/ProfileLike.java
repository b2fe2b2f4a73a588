package dev.nameplate.ca.testing;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.ExtendedKeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.KeyUsage;
import dev.nameplate.ca.profile.CertificateProfile.Names;
import dev.nameplate.ca.profile.CertificateProfile.StatusUrl;
import dev.nameplate.ca.profile.CertificateProfile.Subject;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.profile.KeyPolicy;
import dev.nameplate.ca.profile.RotationPolicy;
import dev.nameplate.ca.x509.Der;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// A profile that is like another one, but for what a test says.
public final class ProfileLike {

  private final CertificateProfile like;
  private String name;
  private String version;
  private Set<OwnerKind> owners;
  private Duration validity;
  private Duration backdate;
  private KeyPolicy keys;
  private Subject subject;
  private Names names;
  private Set<KeyUsage> keyUsage;
  private List<ExtendedKeyUsage> extendedKeyUsage;
  private Set<StatusUrl> statusUrls;
  private boolean ocspNoCheck;
  private RotationPolicy rotation;
  private Optional<EnrollmentRules> enrollment;

  private ProfileLike(CertificateProfile like) {
    this.like = like;
    this.name = like.name();
    this.version = like.version();
    this.owners = like.owners();
    this.validity = like.validity();
    this.backdate = like.backdate();
    this.keys = like.keys();
    this.subject = like.subject();
    this.names = like.names();
    this.keyUsage = like.keyUsage();
    this.extendedKeyUsage = like.extendedKeyUsage();
    this.statusUrls = like.statusUrls();
    this.ocspNoCheck = like.ocspNoCheck();
    this.rotation = like.rotation();
    this.enrollment = like.enrollment();
  }

  public static ProfileLike of(CertificateProfile like) {
    return new ProfileLike(like);
  }

  /// Another profile, and so of another version.
  public ProfileLike named(String other) {
    name = other;
    version = version(other);
    return this;
  }

  public ProfileLike owner(OwnerKind other) {
    owners = Set.of(other);
    return this;
  }

  public ProfileLike validity(Duration other) {
    validity = other;
    return this;
  }

  public ProfileLike backdate(Duration other) {
    backdate = other;
    return this;
  }

  public ProfileLike keys(KeyPolicy others) {
    keys = others;
    return this;
  }

  public ProfileLike subject(Subject other) {
    subject = other;
    return this;
  }

  public ProfileLike names(Names others) {
    names = others;
    return this;
  }

  public ProfileLike keyUsage(Set<KeyUsage> others) {
    keyUsage = others;
    return this;
  }

  public ProfileLike extendedKeyUsage(List<ExtendedKeyUsage> others) {
    extendedKeyUsage = others;
    return this;
  }

  public ProfileLike statusUrls(Set<StatusUrl> others) {
    statusUrls = others;
    return this;
  }

  public ProfileLike ocspNoCheck(boolean other) {
    ocspNoCheck = other;
    return this;
  }

  public ProfileLike rotation(RotationPolicy other) {
    rotation = other;
    return this;
  }

  public ProfileLike rules(RulesLike others) {
    enrollment = Optional.of(others.rules());
    return this;
  }

  /// Nobody asks for it over EST.
  public ProfileLike withoutRules() {
    enrollment = Optional.empty();
    return this;
  }

  public CertificateProfile profile() {
    return new CertificateProfile(
        name,
        version,
        owners,
        validity,
        backdate,
        keys,
        subject,
        names,
        like.authority(),
        keyUsage,
        extendedKeyUsage,
        statusUrls,
        ocspNoCheck,
        rotation,
        enrollment,
        like.issuer());
  }

  static String version(String name) {
    return Der.of(name.getBytes(StandardCharsets.UTF_8)).sha256Hex();
  }
}
