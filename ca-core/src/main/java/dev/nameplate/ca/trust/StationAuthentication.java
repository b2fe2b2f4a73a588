package dev.nameplate.ca.trust;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.AuthenticationResult;
import dev.nameplate.ca.policy.Origin;
import dev.nameplate.ca.policy.Refusal;
import dev.nameplate.ca.policy.Refusal.Reason;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.CertificateProfile.ExtendedKeyUsage;
import dev.nameplate.ca.profile.EnrollmentRules.Credential;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.StationStore;
import dev.nameplate.ca.x509.Csr;
import java.time.InstantSource;
import java.util.Optional;

/// Lets stations (registration authorities, RFC 7030 section 3.7) ask for devices: the device is
/// the one that the request's common name says, for here somebody vouches for it. May be used by
/// many threads at once.
public final class StationAuthentication {

  private final StationStore stations;
  private final Newcomers newcomers;
  private final AuditLog audit;

  public StationAuthentication(
      StationStore stations, OwnerStore owners, AuditLog audit, InstantSource clock) {
    this.stations = stations;
    this.newcomers = new Newcomers(owners, clock);
    this.audit = audit;
  }

  /// Whether this requester is a station that asks for others: one under a label that is not for
  /// stations.
  public static boolean isForOthers(Requester requester, CertificateProfile profile) {
    return requester.owner().kind() == OwnerKind.STATION
        && !profile.owners().contains(OwnerKind.STATION);
  }

  /// Who asks when this station sends this request.
  public AuthenticationResult onBehalf(
      Requester.ByCertificate station, Csr csr, CertificateProfile profile, Origin origin) {
    var asking = station.owner();
    var name = csr.subject().onlyCommonName().flatMap(StationAuthentication::deviceId);
    var about = name.map(DeviceId::owner).orElse(asking);
    var refusal = refusal(station, name, profile);
    if (refusal.isPresent()) {
      return refused(about, station, profile, refusal.get(), origin);
    }
    var by = asking + " (" + Requester.ByStation.SCHEME + station.presented().sha256() + ")";
    return switch (newcomers.find(name.orElseThrow(), profile, by)) {
      case Newcomers.Found.Refused(var why) -> refused(about, station, profile, why, origin);
      case Newcomers.Found.Device(var record) ->
          new AuthenticationResult.Known(
              new Requester.ByStation(record.owner(), record.epoch(), asking, station.presented()));
    };
  }

  /// Why this station may not act for the devices of this label; empty if it may.
  Optional<Refusal> refusal(Requester.ByCertificate station, CertificateProfile profile) {
    var asking = station.owner();
    if (!profile
        .enrollment()
        .map(rules -> rules.credentials().contains(Credential.STATION))
        .orElse(false)) {
      return no(Reason.CREDENTIAL_NOT_ACCEPTED, profile.name() + " lets no station in");
    }
    if (!station.presented().extendedKeyUsage().contains(ExtendedKeyUsage.CMC_RA.oid())) {
      return no(
          Reason.CREDENTIAL_NOT_ACCEPTED,
          "the certificate of " + asking + " does not say that it is a station's (id-kp-cmcRA)");
    }
    if (!stations.assignment(asking).contains(profile.name())) {
      return no(
          Reason.PROFILE_NOT_ALLOWED, asking + " does not enroll devices for " + profile.name());
    }
    return Optional.empty();
  }

  private Optional<Refusal> refusal(
      Requester.ByCertificate station, Optional<DeviceId> device, CertificateProfile profile) {
    var refusal = refusal(station, profile);
    return refusal.isEmpty() && device.isEmpty()
        ? no(
            Reason.SUBJECT_MISMATCH,
            "the request's subject does not have exactly one common name that is a device id")
        : refusal;
  }

  private AuthenticationResult refused(
      Owner about,
      Requester.ByCertificate station,
      CertificateProfile profile,
      Refusal refusal,
      Origin origin) {
    audit.append(
        new AuditEvent.Refused(
            about,
            profile.name(),
            refusal.reason(),
            refusal.detail(),
            Requester.ByStation.SCHEME + station.presented().sha256(),
            origin));
    return new AuthenticationResult.Refused(refusal);
  }

  private static Optional<DeviceId> deviceId(String name) {
    try {
      return Optional.of(new DeviceId(name));
    } catch (IllegalArgumentException notOne) {
      return Optional.empty();
    }
  }

  private static Optional<Refusal> no(Reason reason, String detail) {
    return Optional.of(new Refusal(reason, detail));
  }
}
