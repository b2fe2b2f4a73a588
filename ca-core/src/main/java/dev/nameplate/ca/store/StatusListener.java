package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.SerialNumber;

/// Hears that what was said of certificates may not be true any more. Called from any thread; must
/// neither block nor throw.
public interface StatusListener {

  /// The status of this one changed: it was revoked, held or released.
  void changed(IssuerId issuer, SerialNumber serial);

  /// Nobody knows any more what changed: everything may have.
  void lost();
}
