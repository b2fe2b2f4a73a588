package dev.nameplate.ca.memory;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.GrantRules;
import dev.nameplate.ca.admin.Granter;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.store.AdministratorStore;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.GrantOutcome;
import dev.nameplate.ca.store.OwnerStore;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// What administrators may do, in a map: a part of an [InMemoryStore].
public final class InMemoryAdministratorStore implements AdministratorStore {

  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final AuditLog audit;
  private final Map<Owner, Set<Grant>> grants = new HashMap<>();

  public InMemoryAdministratorStore(
      OwnerStore owners, CertificateStore certificates, AuditLog audit) {
    this.owners = owners;
    this.certificates = certificates;
    this.audit = audit;
  }

  @Override
  public synchronized Set<Grant> grants(Owner admin) {
    return isThere(admin) ? Set.copyOf(grants.getOrDefault(admin, Set.of())) : Set.of();
  }

  @Override
  public synchronized Map<Owner, Set<Grant>> grants() {
    var all = new HashMap<Owner, Set<Grant>>();
    for (var admin : grants.keySet()) {
      var held = grants(admin);
      if (!held.isEmpty()) {
        all.put(admin, held);
      }
    }
    return Map.copyOf(all);
  }

  @Override
  public synchronized GrantOutcome grant(Owner admin, Set<Grant> wanted, Granter by, Instant now) {
    if (!isThere(admin)) {
      return new GrantOutcome.NotFound();
    }
    var held = grants(admin);
    var refusal = GrantRules.whyNotGiven(by, grantersOf(by), admin, held, wanted);
    if (refusal.isPresent()) {
      return new GrantOutcome.Refused(refusal.get());
    }
    var added = new TreeSet<>(wanted);
    added.removeAll(held);
    for (var grant : added) {
      grants.computeIfAbsent(admin, _ -> new TreeSet<>()).add(grant);
      audit.append(
          new AuditEvent.RoleGranted(
              admin, grant.role().text(), grant.scope().toString(), by.toString()));
    }
    return new GrantOutcome.Done(grants(admin), Set.copyOf(added));
  }

  @Override
  public synchronized GrantOutcome revoke(
      Owner admin, Set<Grant> unwanted, Granter by, Instant now) {
    if (!isThere(admin)) {
      return new GrantOutcome.NotFound();
    }
    var taken = new TreeSet<>(unwanted);
    taken.retainAll(grants(admin));
    var refusal =
        GrantRules.whyNotTaken(by, grantersOf(by), admin, taken, isThereAnotherOfficer(admin, now));
    if (refusal.isPresent()) {
      return new GrantOutcome.Refused(refusal.get());
    }
    for (var grant : taken) {
      grants.getOrDefault(admin, new TreeSet<>()).remove(grant);
      audit.append(
          new AuditEvent.RoleRevoked(
              admin, grant.role().text(), grant.scope().toString(), by.toString()));
    }
    return new GrantOutcome.Done(grants(admin), Set.copyOf(taken));
  }

  @Override
  public synchronized GrantOutcome dismiss(Owner admin, Granter by, Instant now) {
    return revoke(admin, grants(admin), by, now);
  }

  private boolean isThere(Owner admin) {
    return admin.kind() == OwnerKind.ADMIN
        && owners.find(admin).filter(found -> found.state().mayEnroll()).isPresent();
  }

  private Set<Grant> grantersOf(Granter by) {
    return switch (by) {
      case Granter.Officer(var officer) -> grants(officer);
      case Granter.Founder _ -> Set.of();
    };
  }

  private boolean isThereAnotherOfficer(Owner besides, Instant now) {
    return grants.keySet().stream()
        .filter(admin -> !admin.equals(besides))
        .filter(admin -> grants(admin).contains(Grant.everywhere(AdminRole.SECURITY_OFFICER)))
        .anyMatch(admin -> isGoodAt(admin, now.plus(ENOUGH)));
  }

  private boolean isGoodAt(Owner admin, Instant then) {
    return certificates.list(CertificateQuery.ofOwner(admin)).stream()
        .filter(record -> record.state() == CertificateState.ISSUED)
        .filter(record -> record.revocation().isEmpty())
        .anyMatch(record -> !record.notAfter().isBefore(then));
  }
}
