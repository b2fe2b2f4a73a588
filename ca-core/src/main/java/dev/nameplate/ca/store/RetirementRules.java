package dev.nameplate.ca.store;

import dev.nameplate.ca.device.OwnerState;
import java.util.Optional;

/// What has to be there before a retirement goes on, pure and once for all stores.
public final class RetirementRules {

  private RetirementRules() {}

  /// Why a device is not retired by a plan; empty if it is.
  public static Optional<String> whyNotRetire(PlanItem item, Optional<OwnerRecord> device) {
    return device
        .filter(record -> record.epoch() != item.device().epoch())
        .map(record ->
            "it is in epoch %d by now, and was planned in epoch %d"
                .formatted(record.epoch(), item.device().epoch()));
  }

  /// Why evidence is not taken for a device; empty if it is.
  ///
  /// @param retirement by which its present identity was retired
  public static Optional<String> whyNotWipe(
      Optional<PlanItem> retirement, Optional<StoredReceipt> receipt) {
    if (receipt.isPresent()) {
      return Optional.of("its retirement is finished: receipt " + receipt.get().id());
    }
    return retirement.isEmpty() ? Optional.of("it is not being retired") : Optional.empty();
  }

  /// Why a retirement is not finished yet; empty if nothing is missing.
  public static Optional<String> whyNotFinish(
      OwnerRecord device, int epoch, Optional<PlanItem> retirement, Optional<WipeRecord> wipe) {
    if (device.epoch() != epoch) {
      return Optional.of("the device is in epoch " + device.epoch() + " by now");
    }
    if (device.state() != OwnerState.RETIRING || retirement.isEmpty()) {
      return Optional.of("it is not being retired");
    }
    if (retirement.get().seenAt().isEmpty()) {
      return Optional.of("its certificates were not seen revoked yet");
    }
    return wipe.isEmpty()
        ? Optional.of("there is neither wipe evidence nor a waiver")
        : Optional.empty();
  }
}
