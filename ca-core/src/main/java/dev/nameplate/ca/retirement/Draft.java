package dev.nameplate.ca.retirement;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.store.PlannedDevice;
import dev.nameplate.ca.store.WipeEvidence;
import dev.nameplate.ca.x509.RevocationReason;
import java.util.List;
import java.util.Optional;

/// What a plan would be: nothing of it is kept yet.
///
/// @param devices that would be retired, in the order of their names
/// @param sha256 of the plan's canonical form
/// @param ended devices that were asked for and are out of service already
/// @param unknown devices that were asked for and are not there
/// @param needsApproval whether somebody else would have to approve it
public record Draft(
    RevocationReason reason,
    String note,
    Optional<WipeEvidence> wipe,
    List<PlannedDevice> devices,
    String sha256,
    List<Owner> ended,
    List<Owner> unknown,
    boolean needsApproval) {

  public Draft {
    devices = List.copyOf(devices);
    ended = List.copyOf(ended);
    unknown = List.copyOf(unknown);
  }

  public int certificates() {
    return devices.stream().mapToInt(PlannedDevice::certificates).sum();
  }
}
