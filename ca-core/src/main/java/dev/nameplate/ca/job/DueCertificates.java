package dev.nameplate.ca.job;

import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import java.time.Instant;
import java.util.ArrayList;

/// Revokes the certificates whose time has come before they expire: those whose successor has been
/// in use for as long as the profile's grace, and renewed ones that nobody came to use.
public final class DueCertificates implements Job {

  private static final int AT_ONCE = 500;

  private final CertificateStore store;

  public DueCertificates(CertificateStore store) {
    this.store = store;
  }

  @Override
  public String name() {
    return "due-certificates";
  }

  @Override
  public String run(Instant now) {
    int ended = 0;
    var failures = new ArrayList<RuntimeException>();
    for (CertificateRecord due : store.dueBy(now, AT_ONCE)) {
      try {
        ended += store.endIfDue(due.issuer(), due.serial(), now) ? 1 : 0;
      } catch (RuntimeException notThisOne) {
        failures.add(notThisOne);
      }
    }
    if (!failures.isEmpty()) {
      var first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
    return ended + " certificates ended";
  }
}
