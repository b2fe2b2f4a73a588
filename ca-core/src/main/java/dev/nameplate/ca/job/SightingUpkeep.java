package dev.nameplate.ca.job;

import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.sighting.SightingAlarms;
import dev.nameplate.ca.sighting.Sightings;
import dev.nameplate.ca.store.ReportStore;
import java.time.Instant;

/// Writes the alarms of this node into the audit log, forgets certificates that are not ours, and
/// goes on to find out what keys the certificates have that are older than the reports.
public final class SightingUpkeep implements Job {

  private static final int KEYS_AT_ONCE = 2000;

  private final SightingAlarms alarms;
  private final AuditLog audit;
  private final Sightings sightings;
  private final ReportStore reports;

  public SightingUpkeep(
      SightingAlarms alarms, AuditLog audit, Sightings sightings, ReportStore reports) {
    this.alarms = alarms;
    this.audit = audit;
    this.sightings = sightings;
    this.reports = reports;
  }

  @Override
  public String name() {
    return "sighting-upkeep";
  }

  @Override
  public String run(Instant now) {
    int written = alarms.write(audit, now);
    int forgotten = sightings.forget(now);
    int classified = reports.classifyKeys(KEYS_AT_ONCE);
    return "%d alarms written, %d unknown certificates forgotten, %d keys classified"
        .formatted(written, forgotten, classified);
  }
}
