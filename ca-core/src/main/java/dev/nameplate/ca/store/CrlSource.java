package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import java.util.Map;
import java.util.Optional;

/// Gives the CRLs that are published. All methods may be called from many threads at once, and
/// throw [StoreException] if it cannot be known now.
public interface CrlSource {

  /// Counts the changes of every scope that this one covers.
  CrlState crlState(IssuerId issuer, CrlScope scope);

  /// How each of the issuer's lists stands of which a CRL was published, or on which there is a
  /// revocation.
  Map<CrlScope, CrlState> crlStates(IssuerId issuer);

  Optional<PublishedCrl> latestCrl(IssuerId issuer, CrlScope scope);
}
