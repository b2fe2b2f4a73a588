package dev.nameplate.ca.store;

import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.Granter;
import dev.nameplate.ca.device.Owner;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Set;

/// Remembers what administrators may do, and re-checks [dev.nameplate.ca.admin.GrantRules] under
/// its locks. Writes an [AuditEvent.RoleGranted] or [AuditEvent.RoleRevoked] for each grant that
/// changes. All methods may be called from many threads at once, and throw [StoreException] if the
/// store cannot do its work now.
public interface AdministratorStore {

  /// How long the certificate of a security officer must be good still to count as one who can act.
  Duration ENOUGH = Duration.ofDays(1);

  /// What this administrator may do now. Nothing for one who is not there, or was retired.
  Set<Grant> grants(Owner admin);

  /// What all administrators may do now; those without a grant are not among them.
  Map<Owner, Set<Grant>> grants();

  GrantOutcome grant(Owner admin, Set<Grant> wanted, Granter by, Instant now);

  /// Takes those of the grants that the administrator has.
  GrantOutcome revoke(Owner admin, Set<Grant> unwanted, Granter by, Instant now);

  /// Takes all that the administrator has, whatever it is at that moment.
  GrantOutcome dismiss(Owner admin, Granter by, Instant now);
}
