package dev.nameplate.ca.store;

import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.OwnerState;
import java.util.Optional;

/// Which owners are wanted, in the byte order of their ids.
///
/// @param after the id of the last one of the page before
/// @param limit 1 to 1,000
public record OwnerQuery(
    OwnerKind kind, Optional<OwnerState> state, Optional<String> after, int limit) {

  public OwnerQuery {
    if (limit < 1 || limit > 1000) {
      throw new IllegalArgumentException("a limit of " + limit + "; 1 to 1000 are allowed");
    }
  }
}
