package dev.nameplate.ocsp;

import dev.nameplate.ca.x509.Der;
import java.time.Instant;

/// What goes back to a relying party.
sealed interface OcspAnswer {

  /// The OCSPResponse.
  Der der();

  /// Signed.
  ///
  /// @param cacheable whether it may be given to somebody else who asks the same: it has no nonce,
  ///   and leaves nothing unknown
  record Signed(Der der, Instant thisUpdate, Instant nextUpdate, boolean cacheable)
      implements OcspAnswer {}

  /// It says only why there is no answer.
  record Unsigned(Der der, OcspError error) implements OcspAnswer {}
}
