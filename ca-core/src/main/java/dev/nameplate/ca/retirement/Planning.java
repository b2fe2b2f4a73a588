package dev.nameplate.ca.retirement;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.PlanDocument;
import dev.nameplate.ca.store.PlanRules;
import dev.nameplate.ca.store.PlannedDevice;
import dev.nameplate.ca.store.RequestQuery;
import dev.nameplate.ca.store.RequestStore;
import dev.nameplate.ca.store.RetirementPlan;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.WipeEvidence;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.random.RandomGenerator;

/// Lays down what a retirement would take away, so that people can look at it, and others can
/// approve exactly that.
public final class Planning {

  /// The largest plan.
  public static final int MOST_DEVICES = 20_000;

  private static final int PAGE = 1000;
  private static final int USUAL_RATE = 20;

  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final RequestStore requests;
  private final RetirementStore retirements;
  private final RetirementSettings settings;
  private final InstantSource clock;
  private final RandomGenerator random;

  public Planning(
      OwnerStore owners,
      CertificateStore certificates,
      RequestStore requests,
      RetirementStore retirements,
      RetirementSettings settings,
      InstantSource clock,
      RandomGenerator random) {
    this.owners = owners;
    this.certificates = certificates;
    this.requests = requests;
    this.retirements = retirements;
    this.settings = settings;
    this.clock = clock;
    this.random = random;
  }

  /// Looks, and changes nothing.
  ///
  /// @param devices named twice are named once
  /// @param by who would ask for it
  /// @throws IllegalArgumentException if they are too many, or the reason is a hold
  public Draft draft(
      Collection<Owner> devices,
      RevocationReason reason,
      String note,
      Optional<WipeEvidence> wipe,
      String by) {
    if (reason == RevocationReason.CERTIFICATE_HOLD) {
      throw new IllegalArgumentException("a retirement is for good, and not a hold");
    }
    var wanted = new TreeMap<String, Owner>();
    devices.forEach(device -> wanted.put(device.id(), device));
    if (wanted.size() > MOST_DEVICES) {
      throw new IllegalArgumentException(
          wanted.size() + " devices; a plan has at most " + MOST_DEVICES);
    }
    var now = clock.instant();
    var planned = new ArrayList<PlannedDevice>();
    var ended = new ArrayList<Owner>();
    var unknown = new ArrayList<Owner>();
    for (var device : wanted.values()) {
      var record = owners.find(device);
      if (record.isEmpty()) {
        unknown.add(device);
      } else if (isEnded(record.get())) {
        ended.add(device);
      } else {
        planned.add(planned(record.get(), now));
      }
    }
    return new Draft(
        reason,
        note,
        wipe,
        planned,
        PlanDocument.sha256(reason, note, wipe, planned),
        ended,
        unknown,
        PlanRules.needsApproval(
            planned.size(), retirements.unapproved(by, now), settings.fourEyesAbove()));
  }

  /// Keeps it, for whoever approves and starts it. Whether it needs approval is found out anew: the
  /// requester may have other plans by now.
  ///
  /// @throws IllegalArgumentException if there is no device in it
  public RetirementPlan keep(Draft draft, String by) {
    var now = clock.instant();
    var plan =
        new RetirementPlan(
            RetirementPlan.Id.random(random),
            draft.sha256(),
            draft.reason(),
            draft.note(),
            draft.wipe(),
            draft.devices().size(),
            draft.certificates(),
            false,
            by,
            now,
            now.plus(settings.planExpiry()),
            USUAL_RATE,
            RetirementPlan.State.READY,
            Optional.empty(),
            Optional.empty());
    return retirements.add(plan, draft.devices(), settings.fourEyesAbove());
  }

  private static boolean isEnded(OwnerRecord device) {
    return switch (device.state()) {
      case REGISTERED, ENROLLED, ACTIVE, SUSPENDED -> false;
      case RETIRING, RETIRED, CANCELLED, PURGED -> true;
    };
  }

  private PlannedDevice planned(OwnerRecord device, Instant now) {
    return PlannedDevice.of(
        device,
        live(device.owner(), now),
        requests.list(RequestQuery.ofOwner(device.owner())).stream()
            .filter(request -> request.stateAt(now).isOpen())
            .toList(),
        owners.secrets(device.owner()).stream()
            .filter(secret -> !secret.burned() && secret.usesLeft() > 0)
            .filter(secret -> now.isBefore(secret.expiresAt()))
            .toList());
  }

  /// Every certificate that somebody could still rely on, and every reservation.
  private List<CertificateRecord> live(Owner device, Instant now) {
    var live = new ArrayList<CertificateRecord>();
    var after = Optional.<SerialNumber>empty();
    while (true) {
      var page =
          certificates.list(
              new CertificateQuery(Optional.of(device), Optional.empty(), after, PAGE));
      page.stream()
          .filter(record -> !record.isEnded())
          .filter(record -> record.state() == CertificateState.RESERVED || !record.isExpiredAt(now))
          .forEach(live::add);
      if (page.size() < PAGE) {
        return live;
      }
      after = Optional.of(page.getLast().serial());
    }
  }
}
