package dev.nameplate.ca.memory;

import dev.nameplate.ca.testing.CheckpointContract;
import java.time.InstantSource;

class InMemoryCheckpointsTest extends CheckpointContract {

  @Override
  protected Opened open(InstantSource clock) {
    var audit = new InMemoryAuditLog(clock);
    return new Opened(new InMemoryCheckpoints(audit), audit, () -> {});
  }
}
