package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.DecommissionApi;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/// Asks how far the retirement of a device has come, until the server has seen that everybody can
/// see it.
final class RetirementWatch {

  private static final Duration PAUSE = Duration.ofMillis(500);

  private final AdminClient client;
  private final Duration patience;

  /// @param patience zero to ask once
  RetirementWatch(AdminClient client, Duration patience) {
    this.client = client;
    this.patience = patience;
  }

  /// Empty if nothing is known of a retirement of this device: one that was retired by an older
  /// server.
  Optional<DecommissionApi.Retirement> await(DeviceId device) {
    var clock = InstantSource.system();
    var end = clock.instant().plus(patience);
    while (true) {
      var state =
          client.get(DecommissionApi.Retirement.class, "devices", device.value(), "retirement");
      boolean finished = state.receipt() != null;
      boolean waitsForPeople = state.seenAt() != null && state.wipe() == null;
      if (finished || waitsForPeople || state.plan() == null || clock.instant().isAfter(end)) {
        return Optional.of(state).filter(known -> known.plan() != null);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }
}
