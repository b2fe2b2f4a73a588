package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.StatusUrl;
import dev.nameplate.ca.signing.KeyPurpose;
import dev.nameplate.ca.signing.OfflineKey;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.server.admin.AuthorityCeremonies;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Makes authorities: the first ones, further ones, and their successors. Every certificate goes
/// the way of a device's, and every step is on disk before the next one begins: a ceremony that was
/// broken off goes on where it was when it is asked for again. One at a time.
///
/// A new root has the name of the old one and another key. So a path that runs over both is one of
/// *self-issued* certificates, which do not count against a path length (RFC 5280 section 6.1.4),
/// and old root, new root and the two certificates between them are the OldWithOld, NewWithNew,
/// OldWithNew and NewWithOld of RFC 4210 section 4.4. The successor of an issuing authority has a
/// name of its own: clients that look authorities up by name alone never meet two.
public final class KeyCeremony implements AuthorityCeremonies {

  /// Makes ready what an authority needs beside its certificate: a CRL, an OCSP signer.
  @FunctionalInterface
  interface Preparation {

    /// Does what can be done now, never throws: jobs try the rest again.
    void prepare();
  }

  private static final Pattern ROLE = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");
  private static final Pattern NUMBERED = Pattern.compile("(.*?) ?(\\d{1,4})");
  private static final int LONGEST_NAME = 64;
  private static final Duration SHORTEST_OVERLAP = Duration.ofHours(1);

  private final Core core;
  private final ProfileFiles profiles;
  private final Preparation preparation;

  KeyCeremony(Core core, ProfileFiles profiles, Preparation preparation) {
    this.core = core;
    this.profiles = profiles;
    this.preparation = preparation;
  }

  /// The one of `nameplate init`, which publishes the first CRLs and makes the first OCSP signer
  /// itself.
  public static KeyCeremony first(Core core, ProfileFiles profiles) {
    return new KeyCeremony(core, profiles, () -> {});
  }

  /// The first root.
  public synchronized Certificate root(DistinguishedName name, KeyType type, String by) {
    return introduce(selfSigned(name, type, "first root", by), by);
  }

  /// An issuing authority under the present root, which signs from now on.
  public synchronized Certificate issuing(
      String role, DistinguishedName name, KeyType type, String by) {
    return introduce(certified(role, name, type, by), by);
  }

  /// A key for an issuing authority whose root is elsewhere, or the one that an earlier attempt
  /// made, and the request for its certificate. It signs nothing before its certificate is
  /// imported.
  public synchronized Csr request(String role, DistinguishedName name, KeyType type, String by) {
    if (!ROLE.matcher(role).matches() || role.equals(LiveAuthorities.ROOT)) {
      throw new IllegalArgumentException("no issuing authority can have the role '" + role + "'");
    }
    var authority = prepared(role, name, CrlScope.END_ENTITIES, type, by);
    var key = authority.key();
    try {
      return Csr.parse(Csr.sign(name, key.publicKey(), key.algorithm(), key::sign).toByteArray());
    } catch (MalformedCsrException ours) {
      throw new IllegalStateException("a request of our own that cannot be read", ours);
    }
  }

  @Override
  public synchronized Outcome add(
      String role, Optional<String> commonName, KeyType type, String by) {
    if (!ROLE.matcher(role).matches()) {
      return new Outcome.Refused(
          "invalid_role", "role '" + role + "' must be 1 to 32 lower-case letters, digits, dashes");
    }
    if (core.authorities().roles().contains(role)) {
      return new Outcome.Refused(
          "role_taken",
          "there is a " + role + " authority already; it gets a new key by being re-keyed");
    }
    var organization = root().issuer().name().organization();
    var wanted = commonName.orElse(organization.map(o -> o + " ").orElse("") + role + " CA");
    if (wanted.isBlank()
        || wanted.length() > LONGEST_NAME
        || wanted.codePoints().anyMatch(c -> Character.isISOControl(c) || isFormat(c))) {
      return new Outcome.Refused(
          "invalid_name",
          "the name '" + wanted + "' is not 1 to " + LONGEST_NAME + " printable letters");
    }
    var name = named(wanted);
    if (isTaken(name, role)) {
      return new Outcome.Refused("name_taken", "another authority has the name " + name);
    }
    var offline = offlineRoot();
    if (offline.isPresent()) {
      return offline.get();
    }
    return issue(ProfileFiles.ISSUING_CA, Optional.of(type), () -> issuing(role, name, type, by));
  }

  @Override
  public synchronized Outcome rekey(String role, Optional<KeyType> type, String by) {
    if (role.equals(LiveAuthorities.ROOT)) {
      return new Outcome.Refused("is_root", "a root is not re-keyed but rolled over");
    }
    var present = core.authorities().find(role);
    if (present.isEmpty()) {
      return new Outcome.NoSuchRole(role);
    }
    var keyType = type.orElse(present.get().issuer().publicKey().type());
    var offline = offlineRoot();
    if (offline.isPresent()) {
      return offline.get();
    }
    var name = successor(present.get().issuer().name(), role);
    return issue(
        ProfileFiles.ISSUING_CA, Optional.of(keyType), () -> issuing(role, name, keyType, by));
  }

  @Override
  public synchronized Outcome announceRoot(Optional<KeyType> type, String by) {
    var announced = announced();
    if (announced.isPresent()) {
      return new Outcome.Done(announced.get(), true);
    }
    var offline = offlineRoot();
    if (offline.isPresent()) {
      return offline.get();
    }
    var old = root();
    if (!expiry(old).isAfter(now().plus(SHORTEST_OVERLAP))) {
      return new Outcome.Refused(
          "expired", "the root ends at " + expiry(old) + ": it cannot lead to another any more");
    }
    var keyType = type.orElse(old.issuer().publicKey().type());
    var profile = profiles.find(ProfileFiles.ROOT_CA);
    if (profile.isPresent() && !wouldOutlive(profile.get(), expiry(old))) {
      return new Outcome.Refused(
          "too_short",
          "by the validity in "
              + ProfileFiles.ROOT_CA
              + ".yaml the new root would end before the old one, at "
              + expiry(old));
    }
    return issue(ProfileFiles.ROOT_CA, Optional.of(keyType), () -> announce(old, keyType, by));
  }

  @Override
  public synchronized Outcome activateRoot(String by) {
    var announced = announced();
    if (announced.isEmpty()) {
      var roots = records().stream().filter(KeyCeremony::isRoot).toList();
      return roots.size() > 1 && roots.getLast().active()
          ? new Outcome.Done(roots.getLast(), true)
          : new Outcome.Refused(
              "not_announced", "there is no new root: announce one, and let clients learn of it");
    }
    var next = core.authorities().open(announced.get());
    return issue(ProfileFiles.ISSUING_CA, Optional.empty(), () -> activate(next, by));
  }

  // ---- the steps

  /// RFC 4210 section 4.4.1, in an order in which whoever looks meanwhile finds nothing half done:
  /// the new root is known by its own certificate, and complete with the last one.
  private Certificate announce(Authority old, KeyType type, String by) {
    var next = selfSigned(old.issuer().name(), type, "new root", by);
    var certificate = next.certificate().orElseThrow();
    var cross =
        profiles.get(ProfileFiles.ROOT_CA).with(Set.of(StatusUrl.CRL, StatusUrl.CA_ISSUERS));

    // what those need who trust only the new one: as long as the old one would have been good
    var oldWithNew = cross.until(expiry(old), now());
    cross(old, next, oldWithNew, "old root with new key, by " + by);
    // what those need who trust only the old one; it ends with it
    cross(next, old, cross, "new root with old key, by " + by);
    core.authorities().refresh();
    preparation.prepare();
    return certificate;
  }

  /// A certificate for the root `subject`, signed by the root `signer`, unless there is one.
  private void cross(
      Authority subject, Authority signer, CertificateProfile profile, String purpose) {
    if (certificates(subject.id()).stream().anyMatch(each -> isBy(each, signer))) {
      return;
    }
    var certificate =
        core.own()
            .signedBy(signer)
            .issue(
                owner(LiveAuthorities.ROOT),
                profile,
                subject.issuer().name(),
                subject.key(),
                purpose);
    issuers().addIssuerCertificate(subject.id(), certificate);
  }

  private Certificate activate(Authority next, String by) {
    var profile = profiles.get(ProfileFiles.ISSUING_CA);
    for (var role : core.authorities().roles()) {
      var authority = core.authorities().withRole(role);
      if (role.equals(LiveAuthorities.ROOT)
          || certificates(authority.id()).stream().anyMatch(each -> isBy(each, next))) {
        continue;
      }
      var certificate =
          core.own()
              .signedBy(next)
              .issue(
                  owner(role),
                  profile,
                  authority.issuer().name(),
                  authority.key(),
                  "certified by the new root, by " + by);
      issuers().addIssuerCertificate(authority.id(), certificate);
    }
    return introduce(next, by);
  }

  /// It has a certificate; once its status can be asked for, it signs.
  private Certificate introduce(Authority authority, String by) {
    core.authorities().refresh();
    preparation.prepare();
    var role = record(authority.id()).role();
    issuers().activate(authority.id(), new AuditEvent.IssuerActivated(authority.id(), role, by));
    core.authorities().refresh();
    preparation.prepare();
    return authority.certificate().orElseThrow();
  }

  private Authority selfSigned(DistinguishedName name, KeyType type, String purpose, String by) {
    var prepared = prepared(LiveAuthorities.ROOT, name, CrlScope.AUTHORITIES, type, by);
    return withCertificate(
        prepared,
        LiveAuthorities.ROOT,
        profiles.get(ProfileFiles.ROOT_CA),
        prepared,
        purpose + ", by " + by);
  }

  private Authority certified(String role, DistinguishedName name, KeyType type, String by) {
    var prepared = prepared(role, name, CrlScope.END_ENTITIES, type, by);
    var profile = profiles.get(ProfileFiles.ISSUING_CA);
    return withCertificate(prepared, role, profile, root(), "issuing authority, by " + by);
  }

  private Authority withCertificate(
      Authority authority,
      String role,
      CertificateProfile profile,
      Authority signer,
      String purpose) {
    if (authority.certificate().isPresent()) {
      return authority;
    }
    var certificate =
        core.own()
            .signedBy(signer)
            .issue(owner(role), profile, authority.issuer().name(), authority.key(), purpose);
    issuers().addIssuerCertificate(authority.id(), certificate);
    return core.authorities().open(record(authority.id()));
  }

  /// The one that an earlier attempt left, or a new key.
  private Authority prepared(
      String role, DistinguishedName name, CrlScope scope, KeyType type, String by) {
    var unfinished =
        records().stream()
            .filter(record -> !record.active() && record.role().equals(role))
            .filter(record -> record.issuer().name().equals(name))
            .filter(record -> record.issuer().publicKey().type() == type)
            .findFirst();
    if (unfinished.isPresent()) {
      return core.authorities().open(unfinished.get());
    }
    var made = core.vault().generate(purpose(role), role + "-" + core.clock().millis(), type);
    var issuer = new Issuer(name, made.key().publicKey());
    issuers()
        .addIssuer(
            issuer,
            role,
            scope,
            made.location(),
            new AuditEvent.IssuerAdded(
                issuer.id(),
                name.toString(),
                role,
                made.location().token(),
                made.location().id(),
                by));
    return new Authority(issuer, Optional.empty(), made.key(), scope);
  }

  /// @param type of the key that is made, if one is
  private Outcome issue(
      String profileName, Optional<KeyType> type, Supplier<Certificate> ceremony) {
    var profile = profiles.find(profileName);
    if (profile.isEmpty()) {
      return new Outcome.Refused(
          "no_profile", "there is no profile " + profileName + " to make authorities by");
    }
    if (type.filter(wanted -> !profile.get().keys().allows(wanted)).isPresent()) {
      return new Outcome.Refused(
          "key_type_not_allowed",
          "profile " + profileName + " does not allow " + type.get().text() + " keys");
    }
    try {
      var certificate = ceremony.get();
      return new Outcome.Done(record(IssuerId.of(certificate.publicKey())), false);
    } catch (NotIssuedException refused) {
      return new Outcome.Refused("not_issued", String.valueOf(refused.getMessage()));
    }
  }

  /// Why nothing can be certified here now: asked before anything is made, since a key and a record
  /// that came first would stay.
  private Optional<Outcome> offlineRoot() {
    return root().key() instanceof OfflineKey(_, var why)
        ? Optional.of(
            new Outcome.Refused(
                "root_offline",
                "the root is offline ("
                    + why
                    + "): authorities are certified where it is; nameplate ceremony issuing request"
                    + " makes the request for one, while the server is stopped"))
        : Optional.empty();
  }

  private static KeyPurpose purpose(String role) {
    return role.equals(LiveAuthorities.ROOT) ? KeyPurpose.ROOT : KeyPurpose.ISSUING;
  }

  // ---- what there is

  /// The root that waits to be activated.
  private Optional<IssuerRecord> announced() {
    return records().stream()
        .filter(KeyCeremony::isRoot)
        .filter(record -> !record.active() && record.certificates().size() > 1)
        .reduce((_, newer) -> newer);
  }

  private Authority root() {
    return core.authorities().withRole(LiveAuthorities.ROOT);
  }

  private static boolean isRoot(IssuerRecord record) {
    return record.role().equals(LiveAuthorities.ROOT);
  }

  private static Instant expiry(Authority root) {
    return root.certificate().orElseThrow().notAfter();
  }

  private boolean wouldOutlive(CertificateProfile profile, Instant end) {
    var ends = now().minus(profile.backdate()).plus(profile.validity()).minusSeconds(1);
    return ends.isAfter(end);
  }

  private Instant now() {
    return core.clock().instant().truncatedTo(ChronoUnit.SECONDS);
  }

  private static boolean isBy(Certificate certificate, Authority signer) {
    return certificate.issuer().equals(signer.issuer().name())
        && certificate.isSignedBy(signer.issuer().publicKey());
  }

  private static Owner owner(String role) {
    return new Owner(OwnerKind.ISSUER, role);
  }

  private IssuerStore issuers() {
    return core.database().issuers();
  }

  private List<IssuerRecord> records() {
    return issuers().issuers();
  }

  private IssuerRecord record(IssuerId id) {
    return records().stream()
        .filter(record -> record.issuer().id().equals(id))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("issuer " + id + " is not remembered"));
  }

  private List<Certificate> certificates(IssuerId id) {
    return record(id).certificates();
  }

  // ---- names

  private DistinguishedName named(String commonName) {
    return root()
        .issuer()
        .name()
        .organization()
        .map(organization -> DistinguishedName.of(organization, commonName))
        .orElseGet(() -> DistinguishedName.ofCommonName(commonName));
  }

  private static boolean isFormat(int codePoint) {
    return Character.getType(codePoint) == Character.FORMAT;
  }

  /// `Issuing CA 1` is followed by `Issuing CA 2`, or by the next number that is free.
  private DistinguishedName successor(DistinguishedName name, String role) {
    var text = name.commonName().orElse(role);
    Matcher matcher = NUMBERED.matcher(text);
    boolean numbered = matcher.matches();
    var stem = numbered ? matcher.group(1) : text;
    for (int number = numbered ? Integer.parseInt(matcher.group(2)) + 1 : 2; ; number++) {
      var suffix = " " + number;
      var next =
          named(
              stem.substring(0, Math.min(stem.length(), LONGEST_NAME - suffix.length())) + suffix);
      if (!isTaken(next, role)) {
        return next;
      }
    }
  }

  /// By one that signs, or by one of another role; what an earlier attempt of the same role left is
  /// taken up.
  private boolean isTaken(DistinguishedName name, String role) {
    return records().stream()
        .filter(record -> record.active() || !record.role().equals(role))
        .anyMatch(record -> record.issuer().name().matches(name));
  }
}
