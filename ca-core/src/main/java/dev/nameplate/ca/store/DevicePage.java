package dev.nameplate.ca.store;

import java.util.List;
import java.util.Optional;

/// Some of the devices that were asked for.
///
/// @param items at most as many as were asked for; where few devices match there may be none, and
///   more to come all the same
/// @param next where to go on; empty if this was all
public record DevicePage(List<OwnerRecord> items, Optional<String> next) {

  public DevicePage {
    items = List.copyOf(items);
  }
}
