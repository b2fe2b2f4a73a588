package dev.nameplate.ca.memory;

import dev.nameplate.ca.store.SightingStore;
import dev.nameplate.ca.testing.SightingStoreContract;
import java.time.InstantSource;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

class InMemorySightingsTest extends SightingStoreContract {

  private @Nullable SightingStore sightings;

  @Override
  protected Stores open(InstantSource clock) {
    var store = new InMemoryStore(clock);
    sightings = new InMemorySightings(store, store);
    return Stores.of(store);
  }

  @Override
  protected SightingStore sightings() {
    return Objects.requireNonNull(sightings);
  }
}
