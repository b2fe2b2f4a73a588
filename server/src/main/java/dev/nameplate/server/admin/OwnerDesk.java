package dev.nameplate.server.admin;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.enrollment.EnrollmentSecrets;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.retirement.Decommission;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.DeviceFilter;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.OwnerLife;
import dev.nameplate.ca.store.OwnerQuery;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// What operators do with owners of one kind that enroll over EST: devices, stations. What cannot
/// be is a [ProblemException].
final class OwnerDesk {

  /// @param next after whom the next page begins; null after the last
  record Page(List<OwnerRecord> items, @Nullable String next) {}

  /// What became of an owner that was retired.
  record End(
      OwnerRecord owner,
      List<CertificateRecord> revoked,
      int abandoned,
      int burned,
      boolean already) {}

  private static final int MOST_USES = 1000;
  private static final Duration LONGEST_TTL = Duration.ofDays(3650);
  private static final Duration USUAL_TTL = Duration.ofHours(24);

  private final OwnerKind kind;
  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final EnrollmentSecrets secrets;
  private final Decommission decommission;
  private final List<CertificateProfile> profiles;
  private final InstantSource clock;

  OwnerDesk(
      OwnerKind kind,
      OwnerStore owners,
      CertificateStore certificates,
      EnrollmentSecrets secrets,
      Decommission decommission,
      List<CertificateProfile> profiles,
      InstantSource clock) {
    this.kind = kind;
    this.owners = owners;
    this.certificates = certificates;
    this.secrets = secrets;
    this.decommission = decommission;
    this.profiles = profiles;
    this.clock = clock;
  }

  Page list(@Nullable String state, @Nullable String after, @Nullable String limit) {
    int most = Parameters.limit(limit);
    var items =
        owners.list(
            new OwnerQuery(
                kind, Parameters.state(OwnerState.class, state), Optional.ofNullable(after), most));
    return new Page(items, items.size() < most ? null : items.getLast().owner().id());
  }

  /// Devices, as a search finds them.
  Page search(DeviceFilter filter, @Nullable String after, @Nullable String limit) {
    int most = Parameters.limit(limit);
    try {
      var page = owners.search(filter, Optional.ofNullable(after), most);
      return new Page(page.items(), page.next().orElse(null));
    } catch (IllegalArgumentException ofAnother) {
      throw ProblemException.invalid(String.valueOf(ofAnother.getMessage()));
    }
  }

  OwnerRecord register(String id, String profileName, String by) {
    return register(id, profileName, DeviceAttributes.NONE, by);
  }

  OwnerRecord register(String id, String profileName, DeviceAttributes attributes, String by) {
    var owner = owner(id);
    var profile = profile(profileName);
    var why = new AuditEvent.OwnerRegistered(owner, profile.name(), by);
    return switch (owners.register(owner, profile.name(), attributes, clock.instant(), why)) {
      case RegisterOutcome.Registered(var record) -> record;
      case RegisterOutcome.NameTaken(var other) ->
          throw ProblemException.conflict("name_taken", "the name belongs to " + other);
      case RegisterOutcome.NameRetired(var other) ->
          throw ProblemException.conflict(
              "name_retired",
              "the name belonged to "
                  + other
                  + ", which was retired"
                  + (other.kind() == OwnerKind.DEVICE
                      ? "; nameplate device repurpose " + other.id() + " lets that one back"
                      : ""));
      case RegisterOutcome.HardwareSerialTaken(var other, var retired) ->
          throw ProblemException.conflict(
              retired ? "hardware_serial_retired" : "hardware_serial_taken",
              "the hardware serial belongs to " + other + (retired ? ", which was retired" : ""));
    };
  }

  /// @throws ProblemException unless a secret like this can be made
  static void check(@Nullable Integer uses, @Nullable Duration ttl) {
    uses("secret_uses", uses);
    ttl("secret_ttl", ttl);
  }

  /// @param prefix of the parameters' names: `secret_`, or nothing
  AdminApi.Secret secret(
      Owner owner, String prefix, @Nullable Integer uses, @Nullable Duration ttl, String by) {
    var secret =
        secrets
            .issue(owner, uses(prefix + "uses", uses), ttl(prefix + "ttl", ttl), by)
            .orElseThrow(() -> noSecret(owner));
    return new AdminApi.Secret(secret.id(), secret.text(), secret.uses(), secret.expires());
  }

  private ProblemException noSecret(Owner owner) {
    var word = owners.find(owner).map(record -> record.state().word()).orElse("unknown");
    return ProblemException.conflict(word, owner + " is " + word);
  }

  OwnerRecord find(String id) {
    var owner = owner(id);
    return owners.find(owner).orElseThrow(() -> unknown(owner));
  }

  OwnerLife life(OwnerRecord owner) {
    return owners.life(owner.owner()).orElseThrow(() -> unknown(owner.owner()));
  }

  /// @throws ProblemException unless it was moved
  MoveOutcome.Moved moved(Owner owner, MoveOutcome outcome) {
    return switch (outcome) {
      case MoveOutcome.Moved moved -> moved;
      case MoveOutcome.Refused refused ->
          throw ProblemException.conflict(refused.code().text(), refused.detail());
      case MoveOutcome.NotFound() -> throw unknown(owner);
    };
  }

  List<CertificateRecord> certificates(OwnerRecord owner) {
    return certificates.list(CertificateQuery.ofOwner(owner.owner()));
  }

  End retire(String id, @Nullable String reason, String by) {
    var owner = owner(id);
    var why = Parameters.reason(reason);
    if (why == RevocationReason.CERTIFICATE_HOLD) {
      throw ProblemException.invalid(
          "reason: a retirement is for good; hold its certificates instead");
    }
    return switch (decommission.retire(owner, why, by)) {
      case RetireOutcome.Retired(var record, var revoked, var abandoned, var burned) ->
          new End(record, revoked, abandoned, burned, false);
      case RetireOutcome.AlreadyRetired(var record) -> new End(record, List.of(), 0, 0, true);
      case RetireOutcome.Refused(var record) ->
          throw ProblemException.conflict(
              "illegal_transition",
              owner + " is " + Parameters.word(record.state()) + ", and cannot be retired");
      case RetireOutcome.NotFound() -> throw unknown(owner);
    };
  }

  Owner owner(@Nullable String id) {
    return new Owner(kind, Parameters.deviceId(id).value());
  }

  CertificateProfile profile(String name) {
    return profiles.stream()
        .filter(profile -> profile.name().equals(name))
        .filter(profile -> profile.owners().contains(kind))
        .findFirst()
        .orElseThrow(() ->
            ProblemException.invalid(
                "profile: there is no profile '" + name + "' for " + kind.text() + "s"));
  }

  private static ProblemException unknown(Owner owner) {
    return ProblemException.notFound(
        "there is no " + owner.kind().text() + " " + new DeviceId(owner.id()));
  }

  private static int uses(String name, @Nullable Integer wanted) {
    int uses = wanted == null ? 1 : wanted;
    if (uses < 1 || uses > MOST_USES) {
      throw ProblemException.invalid(name + ": " + uses + " is not 1 to " + MOST_USES);
    }
    return uses;
  }

  private static Duration ttl(String name, @Nullable Duration wanted) {
    var ttl = wanted == null ? USUAL_TTL : wanted;
    if (ttl.toSeconds() < 1 || ttl.compareTo(LONGEST_TTL) > 0) {
      throw ProblemException.invalid(name + ": " + ttl + " is not 1 second to 10 years");
    }
    return ttl;
  }
}
