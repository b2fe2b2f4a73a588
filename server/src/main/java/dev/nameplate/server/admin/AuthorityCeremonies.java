package dev.nameplate.server.admin;

import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.x509.KeyType;
import java.util.Optional;

/// What an operator can do with the authorities while the server runs. A ceremony that was broken
/// off is taken up again by asking for it again. All of them throw [SigningException] or
/// [StoreException] if token or store are away; nothing that is in use has then changed.
public interface AuthorityCeremonies {

  /// How it went.
  sealed interface Outcome {

    /// @param already whether it was so before, and nothing changed
    record Done(IssuerRecord issuer, boolean already) implements Outcome {}

    /// @param code for machines: `role_taken`
    record Refused(String code, String detail) implements Outcome {}

    record NoSuchRole(String role) implements Outcome {}
  }

  /// Another issuing authority, for profiles that name this role as their issuer.
  ///
  /// @param commonName of its name; empty for one made of the organization and the role
  Outcome add(String role, Optional<String> commonName, KeyType type, String by);

  /// A new key for an issuing authority: from now on the new one signs. The one before stays in
  /// cacerts until its last certificate has expired, and its status goes on being published.
  ///
  /// @param type empty for the same as before
  Outcome rekey(String role, Optional<KeyType> type, String by);

  /// A new root, which signs nothing for others yet: it is in cacerts from now on, with what leads
  /// from the old root to it and back, so that clients learn of it in time.
  ///
  /// @param type empty for the same as before
  Outcome announceRoot(Optional<KeyType> type, String by);

  /// The announced root becomes the one that signs, and certifies every issuing authority anew.
  Outcome activateRoot(String by);
}
