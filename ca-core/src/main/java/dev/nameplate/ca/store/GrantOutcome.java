package dev.nameplate.ca.store;

import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.GrantRules;
import java.util.Set;

/// What became of grants that were to be given or taken.
public sealed interface GrantOutcome {

  /// @param held what the administrator has now
  /// @param changed what was not so before; nothing, if nothing changed
  record Done(Set<Grant> held, Set<Grant> changed) implements GrantOutcome {}

  /// Nothing changed.
  record Refused(GrantRules.No why) implements GrantOutcome {}

  /// There is no such administrator, or they were retired.
  record NotFound() implements GrantOutcome {}
}
