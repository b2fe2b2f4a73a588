package dev.nameplate.ca.memory;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditQuery;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.OwnerState.Move;
import dev.nameplate.ca.device.OwnerState.Trigger;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.store.AnchorStore;
import dev.nameplate.ca.store.ApprovalRules;
import dev.nameplate.ca.store.AttributeEdit;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.CrlBase;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.DecideOutcome;
import dev.nameplate.ca.store.DeviceFilter;
import dev.nameplate.ca.store.DevicePage;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.LeaseStore;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.store.OwnerLife;
import dev.nameplate.ca.store.OwnerQuery;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.PendingRequest.State;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.ReceiveOutcome;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.ReleaseOutcome;
import dev.nameplate.ca.store.RequestQuery;
import dev.nameplate.ca.store.RequestStore;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReservationRules;
import dev.nameplate.ca.store.ReservationRules.Ruling;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevocationRules;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.store.Situation;
import dev.nameplate.ca.store.Situation.Claim;
import dev.nameplate.ca.store.Situation.Vouching;
import dev.nameplate.ca.store.StationStore;
import dev.nameplate.ca.store.StatusChange;
import dev.nameplate.ca.store.StatusChanges;
import dev.nameplate.ca.store.StatusListener;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.store.Suspension;
import dev.nameplate.ca.store.Tombstone;
import dev.nameplate.ca.store.TrustAnchor;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// All stores over maps, behind one lock: every method is a transaction of its own. Checks come
/// before the first change, so that a change that fails leaves nothing behind.
public final class InMemoryStore
    implements CertificateStore,
        OwnerStore,
        RequestStore,
        CrlStore,
        IssuerStore,
        AnchorStore,
        StationStore,
        LeaseStore,
        StatusChanges,
        AuditLog {

  private static final String OURSELVES = "nameplate";

  private record Id(IssuerId issuer, SerialNumber serial) {}

  private record Numbered(DistinguishedName issuer, SerialNumber serial) {}

  private record Scoped(IssuerId issuer, CrlScope scope) {}

  private record Lease(String node, long number, Instant until) {}

  private record Profile(String name, String source) {}

  private final InstantSource clock;

  private final Map<Owner, OwnerRecord> owners = new HashMap<>();
  private final Map<String, Claim> names = new HashMap<>();
  private final Map<KeyFingerprint, Claim> keys = new HashMap<>();
  private final Map<KeyFingerprint, Claim> idevids = new HashMap<>();
  private final List<TrustAnchor> anchors = new ArrayList<>();
  private final Map<Owner, Set<String>> assignments = new HashMap<>();
  private final Map<String, SecretRecord> secrets = new LinkedHashMap<>();
  private final Map<Id, CertificateRecord> certificates = new LinkedHashMap<>();
  private final Map<Owner, Set<Id>> certificatesOf = new HashMap<>();
  private final Map<String, Id> fingerprints = new HashMap<>();
  private final Set<Numbered> serials = new HashSet<>();
  private final Map<PendingRequest.Id, PendingRequest> requests = new LinkedHashMap<>();
  private final Map<Scoped, Long> changes = new HashMap<>();
  private final Map<Id, Long> statusChanges = new HashMap<>();
  private final List<StatusListener> listeners = new CopyOnWriteArrayList<>();
  private final Map<Scoped, PublishedCrl> crls = new HashMap<>();
  private final Map<Scoped, Long> crlLeases = new HashMap<>();
  private final Map<Scoped, List<PublishedCrl>> bases = new HashMap<>();
  private final Map<IssuerId, IssuerRecord> issuers = new LinkedHashMap<>();
  private final List<OcspSignerRecord> ocspSigners = new ArrayList<>();
  private final Map<String, Profile> profiles = new HashMap<>();
  private final Map<String, Lease> leases = new HashMap<>();
  private final InMemoryLives lives = new InMemoryLives(this);
  private final InMemoryAuditLog audit;

  /// @param clock what the audit rows are stamped by
  public InMemoryStore(InstantSource clock) {
    this.clock = clock;
    audit = new InMemoryAuditLog(clock);
  }

  // Certificates

  @Override
  public synchronized ReserveOutcome reserve(Reservation reservation, AuditEvent.Issuing why) {
    var situation = situation(reservation);
    return switch (ReservationRules.rule(reservation, situation)) {
      case Ruling.Answer(var outcome) -> outcome;
      case Ruling.Reserve(var voids, var spends) -> {
        if (!serials.add(new Numbered(reservation.tbs().issuer(), reservation.tbs().serial()))) {
          throw new StoreException(
              "serial " + reservation.tbs().serial() + " was used before by this issuer");
        }
        voids.ifPresent(pending -> giveWay(pending, reservation.now()));
        if (spends) {
          reservation
              .requester()
              .secret()
              .ifPresent(id -> secrets.computeIfPresent(id, (_, secret) -> spent(secret)));
        }
        var record = CertificateRecord.reserved(reservation);
        keys.putIfAbsent(record.key(), new Claim(record.owner(), record.epoch(), false));
        if (reservation.requester().holder() instanceof Requester.ByManufacturer by) {
          idevids.putIfAbsent(
              by.idevid().publicKey().fingerprint(), new Claim(by.owner(), by.epoch(), false));
        }
        put(record);
        ApprovalRules.used(reservation, situation)
            .ifPresent(approval -> put(approval.ended(State.USED)));
        audit.append(why);
        yield new ReserveOutcome.Reserved();
      }
      case Ruling.Queue(var request, var replaces) -> {
        if (requests.containsKey(request.id())) {
          throw new StoreException("there is a request with the id " + request.id() + " already");
        }
        replaces.ifPresent(open -> giveWay(open, reservation.now()));
        put(request);
        audit.append(request.queued());
        yield new ReserveOutcome.Queued(request);
      }
    };
  }

  private Situation situation(Reservation reservation) {
    var requester = reservation.requester();
    var ofOwner = certificatesOf(requester.owner()).toList();
    var same =
        ofOwner.stream()
            .filter(record -> record.sameness().equals(reservation.sameness()))
            .toList();
    return new Situation(
        find(requester.owner()),
        Optional.ofNullable(names.get(requester.owner().foldedName())),
        Optional.ofNullable(keys.get(reservation.tbs().publicKey().fingerprint())),
        requester.secret().map(secrets::get),
        requester.certificate().flatMap(shown -> findByFingerprint(shown.sha256())),
        inSlot(requester.owner(), requester.epoch(), reservation.label(), Slot.PENDING),
        same.stream().reduce((_, newer) -> newer),
        reservation.repeatable()
            ? Optional.empty()
            : same.reversed().stream()
                .filter(record -> record.state() == CertificateState.ISSUED)
                .takeWhile(record -> record.confirmedAt().isEmpty())
                .reduce((_, older) -> older)
                .map(CertificateRecord::reservedAt),
        (int)
            ofOwner.stream()
                .filter(record -> record.key().equals(reservation.tbs().publicKey().fingerprint()))
                .filter(record -> record.confirmedAt().isPresent())
                .count(),
        queue(reservation),
        vouching(reservation));
  }

  private Situation.Queue queue(Reservation reservation) {
    if (reservation.approval().isEmpty()) {
      return Situation.Queue.NOT_ASKED;
    }
    var wish = reservation.approval().get().request();
    var pending =
        requests.values().stream().filter(request -> request.state() == State.PENDING).toList();
    return new Situation.Queue(
        requests.values().stream()
            .filter(request -> request.approvalKey().equals(wish.approvalKey()))
            .reduce((_, newer) -> newer),
        requests.values().stream()
            .filter(request -> request.state().isOpen())
            .filter(request -> request.owner().equals(wish.owner()))
            .filter(request -> request.epoch() == wish.epoch())
            .filter(request -> request.label().equals(wish.label()))
            .findFirst(),
        pending.size(),
        (int) pending.stream().filter(request -> request.label().equals(wish.label())).count());
  }

  private Vouching vouching(Reservation reservation) {
    boolean keyIsIdevid = idevids.containsKey(reservation.tbs().publicKey().fingerprint());
    return switch (reservation.requester().holder()) {
      case Requester.ByManufacturer by ->
          new Vouching(
              keyIsIdevid,
              Optional.ofNullable(idevids.get(by.idevid().publicKey().fingerprint())),
              idevids.entrySet().stream()
                  .filter(claim -> claim.getValue().owner().equals(by.owner()))
                  .filter(claim -> !claim.getValue().tombstone())
                  .map(Map.Entry::getKey)
                  .findFirst(),
              Optional.empty(),
              anchors(Optional.of(reservation.label())).stream()
                  .anyMatch(anchor -> anchor.sha256().equals(by.anchor())));
      case Requester.ByStation by ->
          new Vouching(
              keyIsIdevid,
              Optional.empty(),
              Optional.empty(),
              findByFingerprint(by.presented().sha256()),
              assignment(by.station()).contains(reservation.label()));
      case Requester.BySecret _,
          Requester.ByCertificate _,
          Requester.WithSecret _,
          Requester.Internal _ ->
          new Vouching(keyIsIdevid, Optional.empty(), Optional.empty(), Optional.empty(), false);
    };
  }

  @Override
  public synchronized CompleteOutcome complete(
      IssuerId issuer,
      Certificate certificate,
      boolean confirmed,
      Supersede supersede,
      AuditEvent.Issued why) {
    var record =
        find(issuer, certificate.serial())
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "serial " + certificate.serial() + " was never reserved"));
    if (record.state() != CertificateState.RESERVED) {
      return record.certificate().equals(Optional.of(certificate)) && record.revocation().isEmpty()
          ? new CompleteOutcome.Completed()
          : new CompleteOutcome.Unwanted();
    }
    if (isWithoutCredential(record)) {
      abandon(record, RevocationReason.UNSPECIFIED, clock.instant(), CREDENTIAL_REVOKED);
      return new CompleteOutcome.Unwanted();
    }
    var issued = record.issued(certificate);
    audit.append(why);
    fingerprints.put(certificate.sha256(), new Id(issuer, issued.serial()));
    if (confirmed) {
      takeConfirmedSlot(issued, supersede, clock.instant());
      move(record.owner(), OwnerState::issuedAndSeen);
    } else {
      put(issued);
      move(record.owner(), OwnerState::issued);
    }
    return new CompleteOutcome.Completed();
  }

  @Override
  public synchronized boolean abandon(
      IssuerId issuer, SerialNumber serial, Instant now, String why) {
    var record = find(issuer, serial).filter(r -> r.state() == CertificateState.RESERVED);
    record.ifPresent(reserved -> abandon(reserved, RevocationReason.UNSPECIFIED, now, why));
    return record.isPresent();
  }

  @Override
  public synchronized boolean confirm(
      IssuerId issuer,
      SerialNumber serial,
      Supersede supersede,
      Instant now,
      AuditEvent.Confirmed why) {
    var found = find(issuer, serial).filter(CertificateRecord::awaitsConfirmation);
    var owner = found.flatMap(pending -> find(pending.owner()));
    if (owner.isEmpty() || !(owner.get().state().on(Trigger.SEE) instanceof Move.To(var seen))) {
      return false;
    }
    audit.append(why);
    takeConfirmedSlot(found.get(), supersede, now);
    put(owner.get().in(seen));
    return true;
  }

  @Override
  public synchronized RevokeOutcome revoke(
      IssuerId issuer,
      SerialNumber serial,
      RevocationReason reason,
      Optional<Instant> invalidityDate,
      Instant now,
      String by) {
    var found = find(issuer, serial);
    if (found.isEmpty()) {
      return new RevokeOutcome.NotFound();
    }
    return switch (RevocationRules.revoke(found.get(), reason, invalidityDate, now)) {
      case RevocationRules.Ruling.Answer(var outcome) -> outcome;
      case RevocationRules.Ruling.Revoke(var why) ->
          new RevokeOutcome.Revoked(revoke(found.get(), why, by));
    };
  }

  @Override
  public synchronized ReleaseOutcome release(IssuerId issuer, SerialNumber serial, String by) {
    var found = find(issuer, serial);
    if (found.isEmpty()) {
      return new ReleaseOutcome.NotFound();
    }
    var held = found.get();
    return RevocationRules.whyNotReleased(
            held, find(held.owner()), Optional.ofNullable(keys.get(held.key())))
        .orElseGet(() -> new ReleaseOutcome.Released(release(held, by)));
  }

  @Override
  public synchronized boolean endIfDue(IssuerId issuer, SerialNumber serial, Instant now) {
    var found = find(issuer, serial).filter(record -> record.isDueAt(now));
    if (found.isEmpty()) {
      return false;
    }
    var record = found.get();
    var confirmed = inSlot(record.owner(), record.epoch(), record.label(), Slot.CONFIRMED);
    var reason = record.reasonToEnd(confirmed, now);
    reason.ifPresentOrElse(
        why -> revoke(record, new RevocationRecord(now, why, Optional.empty()), OURSELVES),
        () -> put(record.kept()));
    return reason.isPresent();
  }

  @Override
  public synchronized CertificateStatus status(IssuerId issuer, SerialNumber serial) {
    return find(issuer, serial)
        .map(CertificateRecord::status)
        .orElseGet(CertificateStatus.NeverIssued::new);
  }

  @Override
  public synchronized Optional<CertificateRecord> find(IssuerId issuer, SerialNumber serial) {
    return Optional.ofNullable(certificates.get(new Id(issuer, serial)));
  }

  @Override
  public synchronized Optional<CertificateRecord> findByFingerprint(String certificateSha256) {
    return Optional.ofNullable(fingerprints.get(certificateSha256)).map(certificates::get);
  }

  @Override
  public synchronized List<CertificateRecord> findBySerial(SerialNumber serial) {
    return certificates.values().stream()
        .filter(record -> record.serial().equals(serial))
        .sorted(Comparator.comparing(record -> record.issuer().hex()))
        .toList();
  }

  @Override
  public synchronized List<CertificateRecord> list(CertificateQuery query) {
    return query
        .owner()
        .map(this::certificatesOf)
        .orElseGet(certificates.values()::stream)
        .filter(record -> query.state().stream().allMatch(record.state()::equals))
        .filter(record ->
            query.after().stream().allMatch(after -> record.serial().compareTo(after) > 0))
        .filter(record ->
            query.within().stream()
                .allMatch(within ->
                    within.issuers().contains(record.issuer())
                        || find(record.owner()).filter(within::includesPlaceOf).isPresent()))
        .sorted(Comparator.comparing(CertificateRecord::serial))
        .limit(query.limit())
        .toList();
  }

  @Override
  public synchronized List<CertificateRecord> reservedBefore(Instant before, int limit) {
    return certificates.values().stream()
        .filter(record -> record.state() == CertificateState.RESERVED)
        .filter(record -> record.reservedAt().isBefore(before))
        .sorted(
            Comparator.comparing(CertificateRecord::reservedAt)
                .thenComparing(CertificateRecord::serial))
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized List<CertificateRecord> dueBy(Instant now, int limit) {
    return certificates.values().stream()
        .filter(record -> record.isDueAt(now))
        .sorted(
            Comparator.comparing((CertificateRecord record) -> record.dueAt().orElseThrow())
                .thenComparing(CertificateRecord::serial))
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized Map<CertificateState, Long> countByState() {
    return certificates.values().stream()
        .collect(Collectors.groupingBy(CertificateRecord::state, Collectors.counting()));
  }

  // Owners

  @Override
  public synchronized RegisterOutcome register(
      Owner owner,
      String label,
      DeviceAttributes attributes,
      Instant now,
      AuditEvent.OwnerRegistered why) {
    return register(owner, label, attributes, now, (AuditEvent) why);
  }

  private RegisterOutcome register(
      Owner owner, String label, DeviceAttributes attributes, Instant now, AuditEvent why) {
    var taken = names.get(owner.foldedName());
    if (taken != null) {
      return taken.tombstone()
          ? new RegisterOutcome.NameRetired(taken.owner())
          : new RegisterOutcome.NameTaken(taken.owner());
    }
    var serial = attributes.hardwareSerial().flatMap(lives::hardwareSerial);
    if (serial.isPresent()) {
      return new RegisterOutcome.HardwareSerialTaken(
          serial.get().owner(), serial.get().tombstone());
    }
    var record =
        new OwnerRecord(owner, 1, OwnerState.REGISTERED, label, attributes, now, Optional.empty());
    put(record);
    lives.claimHardwareSerial(record);
    names.put(owner.foldedName(), new Claim(owner, 1, false));
    audit.append(why);
    return new RegisterOutcome.Registered(record);
  }

  @Override
  public synchronized ReceiveOutcome receive(
      Owner owner,
      String label,
      DeviceAttributes attributes,
      Set<KeyFingerprint> old,
      Instant now,
      AuditEvent.DeviceReceived why) {
    for (var key : old) {
      var claim = keys.get(key);
      if (claim != null) {
        return new ReceiveOutcome.KeyTaken(key, claim.owner());
      }
    }
    var outcome = register(owner, label, attributes, now, (AuditEvent) why);
    if (!(outcome instanceof RegisterOutcome.Registered(var record))) {
      return new ReceiveOutcome.NotRegistered(outcome);
    }
    old.forEach(key -> keys.put(key, new Claim(owner, record.epoch(), true)));
    return new ReceiveOutcome.Received(record);
  }

  @Override
  public synchronized boolean addSecret(SecretRecord secret, AuditEvent.SecretIssued why) {
    var owner = find(secret.owner());
    if (owner.isEmpty()
        || !owner.get().state().mayEnroll()
        || owner.get().epoch() != secret.epoch()) {
      return false;
    }
    if (secrets.putIfAbsent(secret.id(), secret) != null) {
      throw new StoreException("there is a secret with the id " + secret.id() + " already");
    }
    audit.append(why);
    return true;
  }

  @Override
  public synchronized RetireOutcome retire(
      Owner owner, RevocationReason reason, Instant now, String by) {
    var found = find(owner);
    if (found.isEmpty()) {
      return new RetireOutcome.NotFound();
    }
    if (!(found.get().state().retire(owner.kind()) instanceof Move.To(var next))) {
      return found.get().state() == OwnerState.RETIRING || found.get().state() == OwnerState.RETIRED
          ? new RetireOutcome.AlreadyRetired(found.get())
          : new RetireOutcome.Refused(found.get());
    }
    var issued =
        certificatesOf(owner)
            .filter(record -> record.state() == CertificateState.ISSUED)
            .filter(record -> !record.isEnded() && !record.isExpiredAt(now))
            .sorted(Comparator.comparing(CertificateRecord::serial))
            .toList();
    var reserved =
        certificatesOf(owner)
            .filter(record -> record.state() == CertificateState.RESERVED)
            .sorted(Comparator.comparing(CertificateRecord::serial))
            .toList();
    int burned = burnSecrets(owner);
    audit.append(
        new AuditEvent.Retired(
            owner, found.get().epoch(), reason, issued.size(), reserved.size(), burned, by));
    var why = new RevocationRecord(now, reason, Optional.empty());
    var revoked = issued.stream().map(record -> revoke(record, why, by)).toList();
    reserved.forEach(record -> abandon(record, reason, now, "its owner was retired"));
    voidRequests(owner, "its owner was retired");
    buryClaims(owner);
    lives.retired(owner);
    var retired = found.get().retired(next, now);
    put(retired);
    return new RetireOutcome.Retired(retired, revoked, reserved.size(), burned);
  }

  @Override
  public synchronized Optional<OwnerRecord> find(Owner owner) {
    return Optional.ofNullable(owners.get(owner));
  }

  @Override
  public synchronized Optional<OwnerLife> life(Owner owner) {
    return lives.life(owner);
  }

  @Override
  public synchronized MoveOutcome finishRetirement(
      Owner owner, int epoch, Instant now, AuditEvent.RetirementFinished why) {
    return lives.finishRetirement(owner, epoch, now, why);
  }

  @Override
  public synchronized MoveOutcome suspend(Owner owner, Suspension suspension) {
    return lives.suspend(owner, suspension);
  }

  @Override
  public synchronized MoveOutcome resume(Owner owner, Instant now, String why, String by) {
    return lives.resume(owner, why, by);
  }

  @Override
  public synchronized MoveOutcome resumeIfOver(Owner owner, Instant now, String why, String by) {
    return lives.resumeIfOver(owner, now, why, by);
  }

  @Override
  public synchronized List<OwnerRecord> suspensionsOver(Instant now, int limit) {
    return lives.suspensionsOver(now, limit);
  }

  @Override
  public synchronized MoveOutcome cancel(Owner owner, Instant now, String why, String by) {
    return lives.cancel(owner, now, why, by);
  }

  @Override
  public synchronized MoveOutcome repurpose(
      Owner owner, String label, Instant now, String why, String by) {
    return lives.repurpose(owner, label, now, why, by);
  }

  @Override
  public synchronized MoveOutcome purge(Owner owner, Duration retention, Instant now, String by) {
    return lives.purge(owner, retention, now, by);
  }

  @Override
  public synchronized MoveOutcome edit(Owner owner, AttributeEdit edit, Instant now, String by) {
    return lives.edit(owner, edit, now, by);
  }

  @Override
  public synchronized List<OwnerRecord> list(OwnerQuery query) {
    return owners.values().stream()
        .filter(record -> record.owner().kind() == query.kind())
        .filter(record -> query.state().stream().allMatch(record.state()::equals))
        .filter(record ->
            query.after().stream().allMatch(after -> record.owner().id().compareTo(after) > 0))
        .sorted(Comparator.comparing(record -> record.owner().id()))
        .limit(query.limit())
        .toList();
  }

  @Override
  public synchronized DevicePage search(DeviceFilter filter, Optional<String> after, int limit) {
    var items =
        owners.values().stream()
            .filter(record -> record.owner().kind() == OwnerKind.DEVICE)
            .filter(record -> after.stream().allMatch(a -> record.owner().id().compareTo(a) > 0))
            .filter(record -> {
              var last = lastIssued(record.owner());
              return filter.includes(
                  record,
                  last.map(CertificateRecord::reservedAt),
                  last.map(CertificateRecord::notAfter));
            })
            .sorted(Comparator.comparing(record -> record.owner().id()))
            .limit(limit)
            .toList();
    return new DevicePage(
        items, items.size() < limit ? Optional.empty() : Optional.of(items.getLast().owner().id()));
  }

  private Optional<CertificateRecord> lastIssued(Owner owner) {
    return certificatesOf(owner)
        .filter(record -> record.state() == CertificateState.ISSUED)
        .max(Comparator.comparing(CertificateRecord::reservedAt));
  }

  @Override
  public synchronized List<SecretRecord> secrets(Owner owner) {
    return find(owner).stream()
        .flatMap(record ->
            secrets.values().stream()
                .filter(secret -> secret.owner().equals(owner))
                .filter(secret -> secret.epoch() == record.epoch()))
        .toList();
  }

  @Override
  public synchronized Optional<SecretRecord> secret(Der hmac) {
    var found =
        secrets.values().stream()
            .filter(secret -> secret.hmac().equals(hmac))
            .filter(secret ->
                find(secret.owner()).filter(owner -> owner.epoch() == secret.epoch()).isPresent())
            .toList();
    return found.size() == 1 ? Optional.of(found.getFirst()) : Optional.empty();
  }

  // Requests that wait for an operator

  @Override
  public synchronized DecideOutcome approve(
      PendingRequest.Id id, Duration life, Instant now, String by) {
    return find(id)
        .map(request -> ApprovalRules.approve(request, life, now, by))
        .map(outcome -> {
          if (outcome instanceof DecideOutcome.Decided(var decided)) {
            put(decided);
            audit.append(
                new AuditEvent.RequestApproved(
                    decided.owner(), id.value(), decided.expiresAt(), by));
          }
          return outcome;
        })
        .orElseGet(DecideOutcome.NotFound::new);
  }

  @Override
  public synchronized DecideOutcome deny(
      PendingRequest.Id id, String reason, Duration life, Instant now, String by) {
    return find(id)
        .map(request -> ApprovalRules.deny(request, reason, life, now, by))
        .map(outcome -> {
          if (outcome instanceof DecideOutcome.Decided(var decided)) {
            put(decided);
            audit.append(new AuditEvent.RequestDenied(decided.owner(), id.value(), reason, by));
          }
          return outcome;
        })
        .orElseGet(DecideOutcome.NotFound::new);
  }

  @Override
  public synchronized boolean expire(PendingRequest.Id id, Instant now) {
    var over = find(id).filter(request -> request.state().isOpen() && request.isOverAt(now));
    over.ifPresent(request -> giveWay(request, now));
    return over.isPresent();
  }

  @Override
  public synchronized Optional<PendingRequest> find(PendingRequest.Id id) {
    return Optional.ofNullable(requests.get(id));
  }

  @Override
  public synchronized List<PendingRequest> list(RequestQuery query) {
    var oldestFirst =
        Comparator.comparing(PendingRequest::requestedAt)
            .thenComparing(request -> request.id().value());
    var after = query.after().flatMap(this::find);
    if (query.after().isPresent() && after.isEmpty()) {
      return List.of();
    }
    return requests.values().stream()
        .filter(request -> query.state().stream().allMatch(request.state()::equals))
        .filter(request -> query.label().stream().allMatch(request.label()::equals))
        .filter(request -> query.owner().stream().allMatch(request.owner()::equals))
        .filter(request -> after.stream().allMatch(a -> oldestFirst.compare(request, a) > 0))
        .filter(request ->
            query.within().stream()
                .allMatch(within -> find(request.owner()).filter(within::includes).isPresent()))
        .sorted(oldestFirst)
        .limit(query.limit())
        .toList();
  }

  @Override
  public synchronized List<PendingRequest> over(Instant now, int limit) {
    return requests.values().stream()
        .filter(request -> request.state().isOpen() && request.isOverAt(now))
        .sorted(
            Comparator.comparing(PendingRequest::expiresAt)
                .thenComparing(request -> request.id().value()))
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized long countPending() {
    return requests.values().stream().filter(request -> request.state() == State.PENDING).count();
  }

  // CRLs

  @Override
  public synchronized CrlState crlState(IssuerId issuer, CrlScope scope) {
    var latest = latestCrl(issuer, scope);
    return new CrlState(
        changes.entrySet().stream()
            .filter(each -> each.getKey().issuer().equals(issuer))
            .filter(each -> scope.covers(each.getKey().scope()))
            .mapToLong(Map.Entry::getValue)
            .sum(),
        latest.map(PublishedCrl::changes).orElse(0L),
        latest.map(PublishedCrl::number).orElse(0L),
        latest.map(PublishedCrl::thisUpdate),
        latest.map(PublishedCrl::nextUpdate));
  }

  @Override
  public synchronized Map<CrlScope, CrlState> crlStates(IssuerId issuer) {
    return Stream.concat(changes.keySet().stream(), crls.keySet().stream())
        .filter(each -> each.issuer().equals(issuer))
        .map(Scoped::scope)
        // the complete list has what is on a shard
        .flatMap(
            scope -> scope.isShard() ? Stream.of(scope, CrlScope.END_ENTITIES) : Stream.of(scope))
        .distinct()
        .collect(Collectors.toMap(scope -> scope, scope -> crlState(issuer, scope)));
  }

  @Override
  public void revoked(
      IssuerId issuer, CrlScope scope, Instant expiredSince, Consumer<RevokedEntry> each) {
    revoked(issuer, scope, expiredSince).forEach(each);
  }

  private synchronized List<RevokedEntry> revoked(
      IssuerId issuer, CrlScope scope, Instant expiredSince) {
    return certificates.values().stream()
        .filter(record -> record.issuer().equals(issuer) && scope.covers(record.scope()))
        .filter(record -> !record.notAfter().isBefore(expiredSince))
        .sorted(Comparator.comparing(CertificateRecord::serial))
        .flatMap(record ->
            record.revocation().stream().map(why -> new RevokedEntry(record.serial(), why)))
        .toList();
  }

  @Override
  public void changedSince(
      IssuerId issuer, CrlScope scope, long after, Consumer<StatusChange> each) {
    changedSince(issuer, scope, after).forEach(each);
  }

  private synchronized List<StatusChange> changedSince(
      IssuerId issuer, CrlScope scope, long after) {
    return statusChanges.entrySet().stream()
        .filter(change -> change.getValue() > after)
        .sorted(Map.Entry.comparingByValue())
        .flatMap(change ->
            find(issuer, change.getKey().serial()).stream()
                .filter(_ -> change.getKey().issuer().equals(issuer))
                .filter(record -> record.scope().equals(scope))
                .map(record ->
                    new StatusChange(
                        change.getValue(),
                        record.serial(),
                        record.notAfter(),
                        record.revocation())))
        .toList();
  }

  @Override
  public synchronized boolean publish(PublishedCrl crl, long after, AuditEvent why, long lease) {
    var list = new Scoped(crl.issuer(), crl.scope());
    long fence = crlLeases.getOrDefault(list, 0L);
    long latest = crlState(crl.issuer(), crl.scope()).latestNumber();
    if (latest != after || crl.number() <= latest || (lease > 0 && lease < fence)) {
      return false;
    }
    crlLeases.put(list, Math.max(lease, fence));
    var held = bases.computeIfAbsent(list, _ -> new ArrayList<>());
    held.removeIf(base ->
        why instanceof AuditEvent.CrlImported || !base.nextUpdate().isAfter(crl.thisUpdate()));
    held.add(crl);
    crls.put(new Scoped(crl.issuer(), crl.scope()), crl);
    audit.append(why);
    return true;
  }

  @Override
  public synchronized Optional<CrlBase> oldestBase(IssuerId issuer, CrlScope scope, Instant now) {
    return bases.getOrDefault(new Scoped(issuer, scope), List.of()).stream()
        .filter(crl -> crl.nextUpdate().isAfter(now))
        .findFirst()
        .map(crl -> new CrlBase(crl.number(), crl.changes(), crl.expiredSince()));
  }

  @Override
  public void expired(
      IssuerId issuer, CrlScope scope, Instant from, Instant to, Consumer<RevokedEntry> each) {
    var still = new HashSet<>(revoked(issuer, scope, to));
    revoked(issuer, scope, from).stream().filter(entry -> !still.contains(entry)).forEach(each);
  }

  @Override
  public synchronized Optional<PublishedCrl> latestCrl(IssuerId issuer, CrlScope scope) {
    return Optional.ofNullable(crls.get(new Scoped(issuer, scope)));
  }

  @Override
  public void listen(StatusListener listener) {
    listeners.add(listener);
  }

  // Issuers

  @Override
  public synchronized void addIssuer(
      Issuer issuer, String role, CrlScope scope, KeyLocation key, AuditEvent.IssuerAdded why) {
    var record = new IssuerRecord(issuer, role, scope, false, List.of(), List.of(key));
    if (issuers.putIfAbsent(issuer.id(), record) != null) {
      throw new StoreException("the issuer " + issuer.id() + " is there already");
    }
    audit.append(why);
  }

  @Override
  public synchronized void addIssuerCertificate(IssuerId issuer, Certificate certificate) {
    var before = issuers.get(issuer);
    if (before == null) {
      throw new StoreException("there is no issuer " + issuer);
    }
    if (!before.issuer().publicKey().equals(certificate.publicKey())) {
      throw new IllegalArgumentException(certificate + " is for another key than the issuer's");
    }
    if (!before.certificates().contains(certificate)) {
      issuers.put(
          issuer,
          new IssuerRecord(
              before.issuer(),
              before.role(),
              before.scope(),
              before.active(),
              Stream.concat(before.certificates().stream(), Stream.of(certificate)).toList(),
              before.keys()));
      audit.append(
          new AuditEvent.IssuerCertificateAdded(
              issuer, certificate.serial(), certificate.sha256()));
    }
  }

  @Override
  public synchronized boolean activate(IssuerId issuer, AuditEvent.IssuerActivated why) {
    var before = issuers.get(issuer);
    if (before == null || before.certificates().isEmpty()) {
      throw new StoreException("there is no issuer " + issuer + " with a certificate");
    }
    if (before.active()) {
      return false;
    }
    issuers.put(
        issuer,
        new IssuerRecord(
            before.issuer(),
            before.role(),
            before.scope(),
            true,
            before.certificates(),
            before.keys()));
    audit.append(why);
    return true;
  }

  @Override
  public synchronized List<IssuerRecord> issuers() {
    return List.copyOf(issuers.values());
  }

  @Override
  public synchronized Optional<Instant> lastNotAfter(IssuerId issuer) {
    var signers = ocspSigners.stream().map(OcspSignerRecord::certificate).toList();
    return certificates.values().stream()
        .filter(record -> record.issuer().equals(issuer))
        .filter(record -> record.certificate().filter(each -> !signers.contains(each)).isPresent())
        .map(CertificateRecord::notAfter)
        .max(Comparator.naturalOrder());
  }

  @Override
  public synchronized void addOcspSigner(OcspSignerRecord signer, AuditEvent.OcspSignerAdded why) {
    if (ocspSigners.stream().anyMatch(s -> s.certificate().equals(signer.certificate()))) {
      throw new StoreException("the OCSP signer " + signer.certificate() + " is there already");
    }
    ocspSigners.add(signer);
    audit.append(why);
  }

  @Override
  public synchronized List<OcspSignerRecord> ocspSigners() {
    return List.copyOf(ocspSigners);
  }

  @Override
  public synchronized void recordProfile(
      CertificateProfile profile, String source, AuditEvent.ProfileRecorded why) {
    if (profiles.putIfAbsent(profile.version(), new Profile(profile.name(), source)) == null) {
      audit.append(why);
    }
  }

  // Leases

  @Override
  public synchronized OptionalLong lease(String job, String node, Instant now, Duration duration) {
    var held = leases.get(job);
    if (held != null && !held.node().equals(node) && now.isBefore(held.until())) {
      return OptionalLong.empty();
    }
    long before = held == null ? 0 : held.number();
    long number = held != null && held.node().equals(node) ? before : before + 1;
    leases.put(job, new Lease(node, number, now.plus(duration)));
    return OptionalLong.of(number);
  }

  // Audit

  @Override
  public synchronized void append(AuditEvent event) {
    audit.append(event);
  }

  @Override
  public void rows(Consumer<AuditRow> each) {
    audit.rows(each);
  }

  @Override
  public List<AuditRow> newest(AuditQuery query) {
    return audit.newest(query);
  }

  /// What was written, oldest first, without the start of the chain.
  public List<AuditEvent> events() {
    return audit.events();
  }

  // Anchors and stations

  @Override
  public synchronized boolean addAnchor(TrustAnchor anchor, AuditEvent.AnchorAdded why) {
    if (anchors(Optional.of(anchor.label())).stream()
        .anyMatch(each -> each.sha256().equals(anchor.sha256()))) {
      return false;
    }
    anchors.add(anchor);
    audit.append(why);
    return true;
  }

  @Override
  public synchronized boolean removeAnchor(
      String label, String certificateSha256, AuditEvent.AnchorRemoved why) {
    boolean removed =
        anchors.removeIf(
            anchor -> anchor.label().equals(label) && anchor.sha256().equals(certificateSha256));
    if (removed) {
      audit.append(why);
    }
    return removed;
  }

  @Override
  public synchronized List<TrustAnchor> anchors(Optional<String> label) {
    return anchors.stream()
        .filter(anchor -> label.stream().allMatch(anchor.label()::equals))
        .toList();
  }

  @Override
  public synchronized boolean assign(
      Owner station, Set<String> labels, AuditEvent.StationAssigned why) {
    if (station.kind() != OwnerKind.STATION || !owners.containsKey(station)) {
      return false;
    }
    assignments.put(station, Set.copyOf(labels));
    audit.append(why);
    return true;
  }

  @Override
  public synchronized Set<String> assignment(Owner station) {
    return assignments.getOrDefault(station, Set.of());
  }

  // Steps of the transactions above

  /// Whether the certificate that was shown for this was revoked since.
  private boolean isWithoutCredential(CertificateRecord record) {
    return record.shown().flatMap(this::findByFingerprint).filter(record::isWithout).isPresent();
  }

  private void takeConfirmedSlot(CertificateRecord pending, Supersede supersede, Instant now) {
    inSlot(pending.owner(), pending.epoch(), pending.label(), Slot.CONFIRMED)
        .ifPresent(predecessor -> succeed(predecessor, supersede, now));
    put(pending.confirmed(now));
  }

  private void succeed(CertificateRecord predecessor, Supersede supersede, Instant now) {
    switch (supersede) {
      case Supersede.OnConfirm() -> revoke(predecessor, superseded(now), OURSELVES);
      case Supersede.AfterGrace(var grace) -> {
        put(predecessor.superseded(Optional.of(now.plus(grace))));
        audit.append(
            new AuditEvent.SupersessionDue(
                predecessor.owner(), predecessor.issuer(), predecessor.serial(), now.plus(grace)));
      }
      case Supersede.AtExpiry() -> put(predecessor.superseded(Optional.empty()));
    }
  }

  private void giveWay(CertificateRecord pending, Instant now) {
    switch (pending.state()) {
      case RESERVED ->
          abandon(pending, RevocationReason.SUPERSEDED, now, "another request took its place");
      case ISSUED -> revoke(pending, superseded(now), OURSELVES);
      case ABANDONED -> throw new IllegalStateException("an abandoned certificate in a slot");
    }
  }

  private void giveWay(PendingRequest open, Instant now) {
    if (open.isOverAt(now)) {
      put(open.ended(State.EXPIRED));
      audit.append(new AuditEvent.RequestExpired(open.owner(), open.id().value()));
    } else {
      put(open.ended(State.REPLACED));
      audit.append(
          new AuditEvent.RequestVoided(
              open.owner(), open.id().value(), "another request took its place"));
    }
  }

  private void put(PendingRequest request) {
    requests.put(request.id(), request);
  }

  void abandon(CertificateRecord record, RevocationReason reason, Instant now, String why) {
    changeStatus(record.revoked(new RevocationRecord(now, reason, Optional.empty())));
    audit.append(new AuditEvent.Abandoned(record.owner(), record.issuer(), record.serial(), why));
  }

  CertificateRecord revoke(CertificateRecord record, RevocationRecord why, String by) {
    var revoked = record.revoked(why);
    changeStatus(revoked);
    if (why.reason() == RevocationReason.KEY_COMPROMISE) {
      keys.computeIfPresent(record.key(), (_, claim) -> tombstone(claim));
    }
    audit.append(record.revokedFor(why.reason(), by));
    return revoked;
  }

  CertificateRecord release(CertificateRecord held, String by) {
    var released = held.released();
    changeStatus(released);
    audit.append(new AuditEvent.Released(held.owner(), held.issuer(), held.serial(), by));
    return released;
  }

  /// How many there were to burn.
  int burnSecrets(Owner owner) {
    var burning =
        secrets.values().stream()
            .filter(secret -> secret.owner().equals(owner) && !secret.burned())
            .toList();
    burning.forEach(secret -> secrets.put(secret.id(), burned(secret)));
    return burning.size();
  }

  void voidRequests(Owner owner, String why) {
    list(RequestQuery.ofOwner(owner)).stream()
        .filter(request -> request.state().isOpen())
        .forEach(request -> {
          put(request.ended(State.VOIDED));
          audit.append(new AuditEvent.RequestVoided(owner, request.id().value(), why));
        });
  }

  void buryClaims(Owner owner) {
    names.replaceAll((_, claim) -> buried(claim, owner));
    keys.replaceAll((_, claim) -> buried(claim, owner));
    idevids.replaceAll((_, claim) -> buried(claim, owner));
  }

  /// Those on its keys stay buried.
  void liftClaims(Owner owner, int epoch) {
    names.replaceAll((_, claim) -> lifted(claim, owner, epoch));
    idevids.replaceAll((_, claim) -> lifted(claim, owner, epoch));
  }

  void freeIdevids(Owner owner) {
    idevids.values().removeIf(claim -> claim.owner().equals(owner));
  }

  Optional<Claim> keyClaim(KeyFingerprint key) {
    return Optional.ofNullable(keys.get(key));
  }

  int erasePayloads(Owner owner, Class<? extends AuditEvent> kind) {
    return audit.erase(owner, kind.getSimpleName());
  }

  private void changeStatus(CertificateRecord after) {
    put(after);
    long number = changes.merge(new Scoped(after.issuer(), after.scope()), 1L, Long::sum);
    statusChanges.put(new Id(after.issuer(), after.serial()), number);
    listeners.forEach(listener -> listener.changed(after.issuer(), after.serial()));
  }

  private void put(CertificateRecord record) {
    var id = new Id(record.issuer(), record.serial());
    certificates.put(id, record);
    certificatesOf.computeIfAbsent(record.owner(), _ -> new LinkedHashSet<>()).add(id);
  }

  private void move(Owner owner, UnaryOperator<OwnerState> how) {
    owners.computeIfPresent(owner, (_, before) -> before.in(how.apply(before.state())));
  }

  void put(OwnerRecord record) {
    owners.put(record.owner(), record);
  }

  Stream<CertificateRecord> certificatesOf(Owner owner) {
    return certificatesOf.getOrDefault(owner, Set.of()).stream().map(certificates::get);
  }

  private Optional<CertificateRecord> inSlot(Owner owner, int epoch, String label, Slot slot) {
    return certificatesOf(owner)
        .filter(record -> record.epoch() == epoch && record.label().equals(label))
        .filter(record -> record.slot().equals(Optional.of(slot)))
        .findFirst();
  }

  private static RevocationRecord superseded(Instant now) {
    return new RevocationRecord(now, RevocationReason.SUPERSEDED, Optional.empty());
  }

  static Claim buried(Claim claim, Owner owner) {
    return claim.owner().equals(owner) ? tombstone(claim) : claim;
  }

  static Claim lifted(Claim claim, Owner owner, int epoch) {
    return claim.owner().equals(owner) ? new Claim(owner, epoch, false) : claim;
  }

  /// What of this owner never comes back.
  synchronized List<Tombstone> tombstones(Owner owner) {
    var tombstones = new ArrayList<Tombstone>();
    names.forEach((name, claim) -> {
      if (claim.tombstone() && claim.owner().equals(owner)) {
        var sha256 = Der.sha256(name.getBytes(StandardCharsets.UTF_8));
        tombstones.add(new Tombstone("NAME", HexFormat.of().formatHex(sha256)));
      }
    });
    tombstones.addAll(buried("KEY", keys, owner));
    tombstones.addAll(buried("IDEVID", idevids, owner));
    tombstones.sort(Tombstone.ORDER);
    return List.copyOf(tombstones);
  }

  private static List<Tombstone> buried(
      String kind, Map<KeyFingerprint, Claim> claims, Owner owner) {
    return claims.entrySet().stream()
        .filter(each -> each.getValue().tombstone() && each.getValue().owner().equals(owner))
        .map(each -> new Tombstone(kind, each.getKey().hex()))
        .toList();
  }

  private static Claim tombstone(Claim claim) {
    return new Claim(claim.owner(), claim.epoch(), true);
  }

  private static SecretRecord spent(SecretRecord secret) {
    return withUses(secret, secret.usesLeft() - 1, secret.burned());
  }

  private static SecretRecord burned(SecretRecord secret) {
    return withUses(secret, secret.usesLeft(), true);
  }

  private static SecretRecord withUses(SecretRecord secret, int usesLeft, boolean burned) {
    return new SecretRecord(
        secret.id(),
        secret.owner(),
        secret.epoch(),
        secret.hmac(),
        usesLeft,
        secret.expiresAt(),
        burned,
        secret.digest());
  }
}
