package dev.nameplate.server.admin;

import dev.nameplate.ca.sighting.Sightings;
import dev.nameplate.ca.store.ReportStore;
import dev.nameplate.ca.store.SightingStore;

/// What is known of the whole fleet, and where it was seen.
public record FleetWatch(Sightings sightings, SightingStore seen, ReportStore reports) {}
