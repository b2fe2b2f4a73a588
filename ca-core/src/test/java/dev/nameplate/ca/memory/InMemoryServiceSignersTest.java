package dev.nameplate.ca.memory;

import dev.nameplate.ca.testing.ServiceSignerContract;
import java.time.InstantSource;

class InMemoryServiceSignersTest extends ServiceSignerContract {

  @Override
  protected Opened open(InstantSource clock) {
    var audit = new InMemoryAuditLog(clock);
    return new Opened(new InMemoryServiceSigners(audit), audit, () -> {});
  }
}
