package dev.nameplate.ca.store;

import java.util.List;
import java.util.Optional;

/// What else is remembered of an owner's life.
///
/// @param epochs oldest first; the last one is the present one
/// @param suspension there while it is SUSPENDED
public record OwnerLife(List<Epoch> epochs, Optional<Suspension> suspension) {

  public OwnerLife {
    epochs = List.copyOf(epochs);
  }

  public Epoch present() {
    return epochs.getLast();
  }
}
