package dev.nameplate.ca.job;

import dev.nameplate.ca.sighting.Sightings;
import java.time.Instant;

/// Writes down the sightings that decisions about connections were.
public final class SightingFlush implements Job {

  private final Sightings sightings;

  public SightingFlush(Sightings sightings) {
    this.sightings = sightings;
  }

  @Override
  public String name() {
    return "sighting-flush";
  }

  @Override
  public String run(Instant now) {
    return sightings.flush() + " sightings written";
  }
}
