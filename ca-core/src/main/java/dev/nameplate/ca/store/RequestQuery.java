package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.store.PendingRequest.State;
import java.util.Optional;

/// Which requests for approval are wanted, oldest first.
///
/// @param after the last one of the page before; nothing comes after one that is not there
/// @param limit 1 to 1,000
/// @param within nothing, if all may be seen
public record RequestQuery(
    Optional<State> state,
    Optional<String> label,
    Optional<Owner> owner,
    Optional<PendingRequest.Id> after,
    int limit,
    Optional<Within> within) {

  public RequestQuery(
      Optional<State> state,
      Optional<String> label,
      Optional<Owner> owner,
      Optional<PendingRequest.Id> after,
      int limit) {
    this(state, label, owner, after, limit, Optional.empty());
  }

  public RequestQuery {
    if (limit < 1 || limit > 1000) {
      throw new IllegalArgumentException("a limit of " + limit + "; 1 to 1000 are allowed");
    }
  }

  public static RequestQuery ofOwner(Owner owner) {
    return new RequestQuery(
        Optional.empty(), Optional.empty(), Optional.of(owner), Optional.empty(), 1000);
  }
}
