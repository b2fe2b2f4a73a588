package dev.nameplate.server;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.OwnerQuery;
import dev.nameplate.ca.store.OwnerStore;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;

/// Says in log, health and metrics, as long as it is so, that somebody is an administrator who was
/// made in an emergency.
final class BreakGlassWatch implements Job {

  private static final int PAGE = 1000;

  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final AtomicReference<Map<Owner, Instant>> valid = new AtomicReference<>(Map.of());

  BreakGlassWatch(OwnerStore owners, CertificateStore certificates, MeterRegistry meters) {
    this.owners = owners;
    this.certificates = certificates;
    Gauge.builder("nameplate.break.glass.administrators", valid, of -> of.get().size())
        .description("Administrators that were made in an emergency and can act now")
        .register(meters);
  }

  @Override
  public String name() {
    return "break-glass-watch";
  }

  @Override
  public String run(Instant now) {
    var found = new TreeMap<Owner, Instant>(java.util.Comparator.comparing(Owner::id));
    Optional<String> after = Optional.empty();
    do {
      var page = owners.list(new OwnerQuery(OwnerKind.ADMIN, Optional.empty(), after, PAGE));
      for (var admin : page) {
        if (admin.label().equals(ProfileFiles.BREAK_GLASS) && admin.state().mayEnroll()) {
          certificates.list(CertificateQuery.ofOwner(admin.owner())).stream()
              .filter(record -> record.isLiveAt(now))
              .map(CertificateRecord::notAfter)
              .forEach(until -> found.put(admin.owner(), until));
        }
      }
      after = page.size() < PAGE ? Optional.empty() : Optional.of(page.getLast().owner().id());
    } while (after.isPresent());
    found.forEach(BreakGlass::shout);
    valid.set(Map.copyOf(found));
    return found.size() + " administrators by break-glass";
  }

  /// What an operator should look at.
  Map<String, String> warnings() {
    var warnings = new TreeMap<String, String>();
    valid
        .get()
        .forEach((owner, until) ->
            warnings.put(owner.toString(), "made in an emergency, may do everything until " + until));
    return warnings;
  }
}
