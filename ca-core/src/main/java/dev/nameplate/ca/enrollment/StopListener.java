package dev.nameplate.ca.enrollment;

import dev.nameplate.ca.device.Owner;

/// Is told of each stop that an enrollment reached, on the thread that does it: for metrics, and
/// for tests that pull the plug.
@FunctionalInterface
public interface StopListener {

  StopListener NONE = (_, _) -> {};

  void reached(Stop stop, Owner owner);
}
