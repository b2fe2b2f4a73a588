package dev.nameplate.ca.job;

import dev.nameplate.ca.store.MoveOutcome;
import dev.nameplate.ca.store.OwnerStore;
import java.time.Instant;
import java.util.ArrayList;

/// Resumes the devices that were suspended until now.
public final class EndedSuspensions implements Job {

  private static final int AT_ONCE = 500;

  private final OwnerStore owners;

  public EndedSuspensions(OwnerStore owners) {
    this.owners = owners;
  }

  @Override
  public String name() {
    return "ended-suspensions";
  }

  @Override
  public String run(Instant now) {
    int resumed = 0;
    var failures = new ArrayList<RuntimeException>();
    for (var record : owners.suspensionsOver(now, AT_ONCE)) {
      try {
        var outcome = owners.resumeIfOver(record.owner(), now, "its time was over", "nameplate");
        resumed += outcome instanceof MoveOutcome.Moved ? 1 : 0;
      } catch (RuntimeException notThisOne) {
        failures.add(notThisOne);
      }
    }
    if (!failures.isEmpty()) {
      var first = failures.removeFirst();
      failures.forEach(first::addSuppressed);
      throw first;
    }
    return resumed + " devices resumed";
  }
}
