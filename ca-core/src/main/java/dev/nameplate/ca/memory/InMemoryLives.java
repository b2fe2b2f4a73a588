package dev.nameplate.ca.memory;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerState;
import dev.nameplate.ca.device.OwnerState.Trigger;
import dev.nameplate.ca.store.AttributeEdit;
import dev.nameplate.ca.store.AttributeEdit.Attribute;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.Epoch;
import dev.nameplate.ca.store.LifeRules;
import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.OwnerLife;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevocationRules;
import dev.nameplate.ca.store.Situation.Claim;
import dev.nameplate.ca.store.Suspension;
import dev.nameplate.ca.x509.RevocationReason;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// How owners move from state to state in an [InMemoryStore], which calls this under its lock.
final class InMemoryLives {

  private final InMemoryStore store;
  private final Map<Owner, List<Epoch>> closed = new HashMap<>();
  private final Map<Owner, Suspension> suspensions = new HashMap<>();
  private final Map<Owner, Instant> finished = new HashMap<>();
  private final Map<Owner, Instant> opened = new HashMap<>();
  private final Map<String, Claim> hardwareSerials = new HashMap<>();

  /// Hardware serials that were tombstones once.
  private final Set<String> lifted = new HashSet<>();

  InMemoryLives(InMemoryStore store) {
    this.store = store;
  }

  /// The claim on a hardware serial.
  Optional<Claim> hardwareSerial(String serial) {
    return Optional.ofNullable(hardwareSerials.get(LifeRules.hardwareSerial(serial)));
  }

  void claimHardwareSerial(OwnerRecord record) {
    record
        .attributes()
        .hardwareSerial()
        .ifPresent(serial ->
            hardwareSerials.put(
                LifeRules.hardwareSerial(serial),
                new Claim(record.owner(), record.epoch(), false)));
  }

  /// What a retirement means here.
  void retired(Owner owner) {
    suspensions.remove(owner);
    hardwareSerials.replaceAll((_, claim) -> InMemoryStore.buried(claim, owner));
  }

  Optional<OwnerLife> life(Owner owner) {
    return store
        .find(owner)
        .map(record -> {
          var epochs = new ArrayList<>(closed.getOrDefault(owner, List.of()));
          epochs.add(present(record));
          return new OwnerLife(epochs, Optional.ofNullable(suspensions.get(owner)));
        });
  }

  private Epoch present(OwnerRecord record) {
    return new Epoch(
        record.epoch(),
        record.label(),
        opened.getOrDefault(record.owner(), record.registeredAt()),
        record.retiredAt(),
        Optional.ofNullable(finished.get(record.owner())));
  }

  MoveOutcome finishRetirement(
      Owner owner, int epoch, Instant now, AuditEvent.RetirementFinished why) {
    return move(
        owner,
        record -> LifeRules.whyNotFinished(record, epoch),
        record -> {
          finished.put(owner, now);
          store.append(why);
          return moved(record.in(OwnerState.RETIRED), List.of());
        });
  }

  MoveOutcome suspend(Owner owner, Suspension suspension) {
    return move(
        owner,
        record -> LifeRules.whyNot(record, Trigger.SUSPEND),
        record -> {
          var now = suspension.since();
          var good =
              sorted(owner).stream()
                  .filter(each -> each.state() == CertificateState.ISSUED)
                  .filter(each -> each.revocation().isEmpty() && !each.isExpiredAt(now))
                  .toList();
          var reserved =
              sorted(owner).stream()
                  .filter(each -> each.state() == CertificateState.RESERVED)
                  .toList();
          suspensions.put(owner, suspension);
          store.append(
              new AuditEvent.Suspended(
                  owner,
                  record.epoch(),
                  suspension.reason(),
                  suspension.until().map(Instant::toString).orElse(""),
                  good.size(),
                  reserved.size(),
                  suspension.by()));
          var hold = new RevocationRecord(now, RevocationReason.CERTIFICATE_HOLD, Optional.empty());
          var held = good.stream().map(each -> store.revoke(each, hold, suspension.by())).toList();
          reserved.forEach(each ->
              store.abandon(each, RevocationReason.UNSPECIFIED, now, "its owner was suspended"));
          return moved(record.in(OwnerState.SUSPENDED), held);
        });
  }

  MoveOutcome resume(Owner owner, String why, String by) {
    return resume(owner, record -> LifeRules.whyNot(record, Trigger.RESUME), why, by);
  }

  MoveOutcome resumeIfOver(Owner owner, Instant now, String why, String by) {
    return resume(
        owner,
        record ->
            LifeRules.whyNotResumed(
                record,
                Optional.ofNullable(suspensions.get(owner)).flatMap(Suspension::until),
                now),
        why,
        by);
  }

  private MoveOutcome resume(
      Owner owner, Function<OwnerRecord, Optional<MoveOutcome>> whyNot, String why, String by) {
    return move(
        owner,
        whyNot,
        record -> {
          var active = record.in(OwnerState.ACTIVE);
          var since = Objects.requireNonNull(suspensions.get(owner)).since();
          var held =
              sorted(owner).stream()
                  .filter(each -> isHeldSince(each, since))
                  .filter(each ->
                      RevocationRules.whyNotReleased(
                              each, Optional.of(active), store.keyClaim(each.key()))
                          .isEmpty())
                  .toList();
          suspensions.remove(owner);
          store.append(new AuditEvent.Resumed(owner, record.epoch(), held.size(), why, by));
          var released = held.stream().map(each -> store.release(each, by)).toList();
          return moved(active, released);
        });
  }

  private static boolean isHeldSince(CertificateRecord record, Instant since) {
    return record.isHeld()
        && record.revocation().filter(why -> !why.at().isBefore(since)).isPresent();
  }

  List<OwnerRecord> suspensionsOver(Instant now, int limit) {
    return suspensions.entrySet().stream()
        .filter(each -> each.getValue().until().filter(end -> !end.isAfter(now)).isPresent())
        .sorted(
            Comparator.comparing(
                    (Map.Entry<Owner, Suspension> each) -> each.getValue().until().orElseThrow())
                .thenComparing(each -> each.getKey().toString()))
        .limit(limit)
        .flatMap(each -> store.find(each.getKey()).stream())
        .toList();
  }

  MoveOutcome cancel(Owner owner, Instant now, String why, String by) {
    return move(
        owner,
        record ->
            LifeRules.whyNotCancelled(
                record,
                (int)
                    sorted(owner).stream()
                        .filter(each -> each.epoch() == record.epoch())
                        .filter(each -> each.state() != CertificateState.ABANDONED)
                        .count()),
        record -> {
          int burned = store.burnSecrets(owner);
          store.append(
              new AuditEvent.RegistrationCancelled(owner, record.epoch(), burned, why, by));
          store.voidRequests(owner, "its registration was cancelled");
          if (record.epoch() == 1) {
            hardwareSerials.values().removeIf(claim -> claim.owner().equals(owner));
            store.freeIdevids(owner);
          } else {
            hardwareSerials.replaceAll((_, claim) -> InMemoryStore.buried(claim, owner));
          }
          store.buryClaims(owner);
          return moved(record.in(OwnerState.CANCELLED), List.of());
        });
  }

  MoveOutcome repurpose(Owner owner, String label, Instant now, String why, String by) {
    return move(
        owner,
        record -> LifeRules.whyNot(record, Trigger.REPURPOSE),
        record -> {
          var reopened = record.reopened(OwnerState.REGISTERED, label);
          closed.computeIfAbsent(owner, _ -> new ArrayList<>()).add(present(record));
          opened.put(owner, now);
          finished.remove(owner);
          hardwareSerials.forEach((serial, claim) -> {
            if (claim.owner().equals(owner)) {
              lifted.add(serial);
            }
          });
          hardwareSerials.replaceAll(
              (_, claim) -> InMemoryStore.lifted(claim, owner, reopened.epoch()));
          store.liftClaims(owner, reopened.epoch());
          store.append(new AuditEvent.Repurposed(owner, reopened.epoch(), label, why, by));
          return moved(reopened, List.of());
        });
  }

  MoveOutcome purge(Owner owner, Duration retention, Instant now, String by) {
    return move(
        owner,
        record ->
            LifeRules.whyNotPurged(
                record,
                life(owner).orElseThrow(),
                sorted(owner).stream()
                    .filter(each -> each.state() == CertificateState.ISSUED)
                    .map(CertificateRecord::notAfter)
                    .max(Comparator.naturalOrder()),
                retention,
                now),
        record -> {
          int erased = store.erasePayloads(owner, AuditEvent.AttributesChanged.class);
          store.append(new AuditEvent.Purged(owner, record.epoch(), erased, by));
          var known = AttributeEdit.forgetting().of(record.attributes());
          return moved(record.with(known).in(OwnerState.PURGED), List.of());
        });
  }

  MoveOutcome edit(Owner owner, AttributeEdit edit, Instant now, String by) {
    return move(
        owner,
        LifeRules::whyNotEdited,
        record -> {
          var after = record.with(edit.of(record.attributes()));
          var changes = AttributeEdit.difference(record.attributes(), after.attributes());
          if (changes.isEmpty()) {
            return new MoveOutcome.Moved(record, List.of());
          }
          var before = Attribute.HARDWARE_SERIAL.of(record.attributes());
          var wanted = Attribute.HARDWARE_SERIAL.of(after.attributes());
          var taken =
              wanted.flatMap(this::hardwareSerial).filter(claim -> !claim.owner().equals(owner));
          if (taken.isPresent()) {
            return LifeRules.serialTaken(record, taken.get().owner());
          }
          if (!before.equals(wanted)) {
            before.map(LifeRules::hardwareSerial).ifPresent(this::giveUp);
          }
          claimHardwareSerial(after);
          store.append(new AuditEvent.AttributesChanged(owner, changes, by));
          return moved(after, List.of());
        });
  }

  /// One that was a tombstone until a repurposing is one again.
  private void giveUp(String serial) {
    hardwareSerials.computeIfPresent(
        serial,
        (_, claim) -> lifted.contains(serial) ? InMemoryStore.buried(claim, claim.owner()) : null);
  }

  private MoveOutcome move(
      Owner owner,
      Function<OwnerRecord, Optional<MoveOutcome>> whyNot,
      Function<OwnerRecord, MoveOutcome> how) {
    return store
        .find(owner)
        .map(record -> whyNot.apply(record).orElseGet(() -> how.apply(record)))
        .orElseGet(MoveOutcome.NotFound::new);
  }

  private MoveOutcome moved(OwnerRecord after, List<CertificateRecord> certificates) {
    store.put(after);
    return new MoveOutcome.Moved(after, certificates);
  }

  private List<CertificateRecord> sorted(Owner owner) {
    return store
        .certificatesOf(owner)
        .sorted(Comparator.comparing(CertificateRecord::serial))
        .toList();
  }
}
