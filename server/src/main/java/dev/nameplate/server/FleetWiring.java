package dev.nameplate.server;

import dev.nameplate.ca.job.SightingFlush;
import dev.nameplate.ca.job.SightingUpkeep;
import dev.nameplate.ca.sighting.SightingAlarms;
import dev.nameplate.ca.sighting.Sightings;
import dev.nameplate.server.admin.FleetWatch;
import dev.nameplate.store.Database;
import java.time.Duration;
import java.util.List;

/// What brokers tell and ask, and the reports.
final class FleetWiring {

  private final Database database;
  private final SightingAlarms alarms = new SightingAlarms();
  private final FleetWatch watch;

  FleetWiring(Node node, Database database) {
    this.database = database;
    var settings = node.settings().connect();
    var sightings =
        new Sightings(
            database.sightings(),
            database.certificates(),
            node.profiles()::find,
            settings.policy(),
            settings.confirms(),
            alarms,
            new SightingMetrics(node.meters()),
            node.clock());
    // while the database is still open: what decisions saw in the last second
    node.opened(sightings::flush);
    this.watch = new FleetWatch(sightings, database.sightings(), database.reports());
  }

  FleetWatch watch() {
    return watch;
  }

  List<JobRunner.Schedule> jobs() {
    return List.of(
        new JobRunner.Schedule(new SightingFlush(watch.sightings()), Duration.ofSeconds(1), false),
        new JobRunner.Schedule(
            new SightingUpkeep(alarms, database.audit(), watch.sightings(), database.reports()),
            Duration.ofMinutes(1),
            false));
  }
}
