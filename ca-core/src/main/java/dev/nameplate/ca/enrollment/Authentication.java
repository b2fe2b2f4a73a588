package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.LifeRules;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.MalformedCertificateException;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/// Says who is asking, by what is remembered now: on every request, never by what held when the
/// connection was made. May be used by many threads at once.
public final class Authentication {

  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final AuditLog audit;
  private final SecretHash hash;
  private final Function<String, Optional<CertificateProfile>> profiles;
  private final InstantSource clock;

  /// @param profiles finds a profile by its name
  public Authentication(
      OwnerStore owners,
      CertificateStore certificates,
      AuditLog audit,
      SecretHash hash,
      Function<String, Optional<CertificateProfile>> profiles,
      InstantSource clock) {
    this.owners = owners;
    this.certificates = certificates;
    this.audit = audit;
    this.hash = hash;
    this.profiles = profiles;
    this.clock = clock;
  }

  /// Who holds this certificate, whose key the TLS handshake proved. The first time that a pending
  /// certificate is seen it becomes the confirmed one.
  ///
  /// @param der the leaf that the client presented
  public AuthenticationResult byCertificate(byte[] der, Origin origin) {
    return byCertificate(der, origin, Duration.ZERO);
  }

  /// The same for a renewal, which may come late.
  ///
  /// @param grace how long after its notAfter a certificate that was not revoked, and that nothing
  ///   took the place of, still counts
  public AuthenticationResult byCertificate(byte[] der, Origin origin, Duration grace) {
    Certificate presented;
    try {
      presented = Certificate.parse(der);
    } catch (MalformedCertificateException malformed) {
      return new AuthenticationResult.Unknown(malformed.reason());
    }
    var record =
        certificates
            .findByFingerprint(presented.sha256())
            .filter(found -> found.certificate().equals(Optional.of(presented)));
    if (record.isEmpty()) {
      return new AuthenticationResult.Unknown("the client certificate was not issued here");
    }
    var owner = owners.find(record.get().owner());
    if (owner.isEmpty()) {
      return new AuthenticationResult.Unknown("the owner of the client certificate is not known");
    }
    var now = clock.instant();
    var refusal = refusal(record.get(), owner.get(), now, grace);
    if (refusal.isPresent()) {
      return refused(record.get(), refusal.get(), origin);
    }
    if (record.get().isLiveAt(now)) {
      // one that is let in late is good for its own renewal only, and ends nothing
      confirm(record.get(), now);
    }
    return new AuthenticationResult.Known(
        new Requester.ByCertificate(record.get().owner(), record.get().epoch(), presented, grace));
  }

  /// Which device knows this secret.
  public AuthenticationResult bySecret(String userName, byte[] secret) {
    return bySecret(userName, secret, Set.of(OwnerKind.DEVICE));
  }

  /// Who knows this secret. Whether it is still good for a request is decided when that request is
  /// reserved: a spent one is, for exactly what it was spent on.
  ///
  /// @param userName the owner's id; empty if the secret has to say it, too
  /// @param kinds the kinds of owner that may come: names of different kinds are different names
  public AuthenticationResult bySecret(String userName, byte[] secret, Set<OwnerKind> kinds) {
    // once, and also for a name that is not there: time tells nothing
    var given = hash.hash(secret);
    if (userName.isEmpty()) {
      return known(owners.secret(given).filter(found -> kinds.contains(found.owner().kind())));
    }
    DeviceId name;
    try {
      name = new DeviceId(userName);
    } catch (IllegalArgumentException notAName) {
      return new AuthenticationResult.Unknown("the user name is not a device id");
    }
    Optional<SecretRecord> match = Optional.empty();
    for (var kind : kinds) {
      for (var candidate : owners.secrets(new Owner(kind, name.value()))) {
        // compare with all of them, always
        if (MessageDigest.isEqual(candidate.hmac().toByteArray(), given.toByteArray())) {
          match = Optional.of(candidate);
        }
      }
    }
    return known(match);
  }

  /// Who knows a secret, as HTTP Digest (RFC 7616) shows it. For the rest as [#bySecret].
  ///
  /// @param proof whether what was sent was made with this SHA-256 over user name, realm and
  ///   secret; it compares in constant time
  public AuthenticationResult byDigest(String userName, Predicate<byte[]> proof) {
    DeviceId device;
    try {
      device = new DeviceId(userName);
    } catch (IllegalArgumentException notAName) {
      return new AuthenticationResult.Unknown("the user name is not a device id");
    }
    Optional<SecretRecord> match = Optional.empty();
    for (var candidate : owners.secrets(device.owner())) {
      // compare with all of them, always
      var digest = candidate.digest().flatMap(sealed -> hash.open(candidate.id(), sealed));
      if (digest.isPresent() && proof.test(digest.get())) {
        match = Optional.of(candidate);
      }
    }
    return known(match);
  }

  /// Who holds a certificate and knows a secret, if those two are one.
  ///
  /// @param label what it is asked for, for the audit log
  public AuthenticationResult both(
      Requester holder, Requester.BySecret knower, String label, Origin origin) {
    if (holder.owner().equals(knower.owner()) && holder.epoch() == knower.epoch()) {
      return new AuthenticationResult.Known(new Requester.WithSecret(holder, knower.secretId()));
    }
    var refusal =
        new Refusal(
            Reason.CREDENTIAL_NOT_ACCEPTED,
            "the client certificate is of "
                + holder.owner()
                + ", the enrollment secret is of "
                + knower.owner());
    audit.append(
        new AuditEvent.Refused(
            holder.owner(),
            label,
            refusal.reason(),
            refusal.detail(),
            holder.credential() + "+" + knower.credential(),
            origin));
    return new AuthenticationResult.Refused(refusal);
  }

  private static AuthenticationResult known(Optional<SecretRecord> match) {
    return match
        .<AuthenticationResult>map(found ->
            new AuthenticationResult.Known(
                new Requester.BySecret(found.owner(), found.epoch(), found.id())))
        .orElseGet(
            () -> new AuthenticationResult.Unknown("no such user name and enrollment secret"));
  }

  private static Optional<Refusal> refusal(
      CertificateRecord record, OwnerRecord owner, Instant now, Duration grace) {
    var stands = LifeRules.whyNotEnrolled(owner);
    if (stands.isPresent()) {
      return stands;
    }
    if (record.revocation().isPresent()) {
      var revocation = record.revocation().get();
      return notAccepted(
          "the client certificate was revoked at "
              + revocation.at()
              + " ("
              + revocation.reason()
              + ")");
    }
    if (record.epoch() != owner.epoch()) {
      return notAccepted("the client certificate is from an earlier identity of " + record.owner());
    }
    if (record.isRenewableAt(now, grace)) {
      return Optional.empty();
    }
    return notAccepted(
        record.isExpiredAt(now)
            ? expired(record, grace)
            : "the client certificate is not valid before " + record.notBefore());
  }

  private static String expired(CertificateRecord record, Duration grace) {
    return "the client certificate expired at "
        + record.notAfter()
        + (record.slot().isEmpty()
            ? ", and another took its place"
            : grace.isZero() ? "" : ", longer than the grace of " + grace.toHours() + " h ago")
        + "; enroll again with a new enrollment secret";
  }

  private static Optional<Refusal> notAccepted(String detail) {
    return Optional.of(new Refusal(Reason.CREDENTIAL_NOT_ACCEPTED, detail));
  }

  private AuthenticationResult refused(CertificateRecord record, Refusal refusal, Origin origin) {
    audit.append(
        new AuditEvent.Refused(
            record.owner(),
            record.label(),
            refusal.reason(),
            refusal.detail(),
            "certificate:" + record.certificate().map(Certificate::sha256).orElse(""),
            origin));
    return new AuthenticationResult.Refused(refusal);
  }

  private void confirm(CertificateRecord record, Instant now) {
    if (!record.slot().equals(Optional.of(Slot.PENDING))) {
      return;
    }
    // a profile that is gone says nothing any more: keep what was there
    var supersede =
        profiles
            .apply(record.label())
            .map(profile -> profile.rotation().supersede())
            .orElse(Supersede.AT_EXPIRY);
    certificates.confirm(
        record.issuer(),
        record.serial(),
        supersede,
        now,
        new AuditEvent.Confirmed(record.owner(), record.issuer(), record.serial()));
  }
}
