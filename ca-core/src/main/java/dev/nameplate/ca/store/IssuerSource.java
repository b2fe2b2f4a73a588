package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.IssuerId;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/// Says which issuers there are, and who signs OCSP answers for them. All methods may be called
/// from many threads at once, and throw [StoreException] if it cannot be known now.
public interface IssuerSource {

  /// Oldest first.
  List<IssuerRecord> issuers();

  /// When the last certificate of this issuer ends; its OCSP signers do not count. Empty if it
  /// issued none.
  Optional<Instant> lastNotAfter(IssuerId issuer);

  /// Newest last.
  List<OcspSignerRecord> ocspSigners();
}
