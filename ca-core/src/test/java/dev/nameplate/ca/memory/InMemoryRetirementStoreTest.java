package dev.nameplate.ca.memory;

import dev.nameplate.ca.testing.RetirementStoreContract;
import java.time.InstantSource;

class InMemoryRetirementStoreTest extends RetirementStoreContract {

  @Override
  protected Opened openAll(InstantSource clock) {
    var store = new InMemoryStore(clock);
    return new Opened(Stores.of(store), new InMemoryRetirementStore(store));
  }
}
