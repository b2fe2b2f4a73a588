package dev.nameplate.ca.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import java.util.Set;

/// Remembers for which labels each station enrolls devices. All methods may be called from many
/// threads at once, and throw [StoreException] if the store cannot do its work now.
public interface StationStore {

  /// From now on the station works for these labels and for no others. False if there is no such
  /// station.
  boolean assign(Owner station, Set<String> labels, AuditEvent.StationAssigned why);

  /// Empty for one that is not there, too.
  Set<String> assignment(Owner station);
}
