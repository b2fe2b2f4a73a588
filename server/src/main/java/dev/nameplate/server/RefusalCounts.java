package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.job.Job;
import dev.nameplate.est.UnauthenticatedRefusals;
import dev.nameplate.ocsp.NeverIssuedAlarm;
import java.math.BigInteger;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.concurrent.atomic.LongAdder;

/// Writes into the audit log, once a minute, how often strangers were refused: the public cannot
/// write through the writer.
final class RefusalCounts implements Job, NeverIssuedAlarm {

  private final UnauthenticatedRefusals est;
  private final AuditLog audit;
  private final LongAdder neverIssued = new LongAdder();

  RefusalCounts(UnauthenticatedRefusals est, AuditLog audit) {
    this.est = est;
    this.audit = audit;
  }

  @Override
  public void neverIssued(IssuerId issuer, BigInteger serial) {
    neverIssued.increment();
  }

  @Override
  public String name() {
    return "refusal-counts";
  }

  @Override
  public String run(Instant now) {
    var events = new ArrayList<>(est.drain(now));
    long unknown = neverIssued.sumThenReset();
    if (unknown > 0) {
      events.add(
          new AuditEvent.UnauthenticatedRefusals(
              "ocsp never issued", now.truncatedTo(ChronoUnit.MINUTES), unknown));
    }
    events.forEach(audit::append);
    return events.size() + " counts written";
  }
}
