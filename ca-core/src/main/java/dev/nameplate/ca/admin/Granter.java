package dev.nameplate.ca.admin;

import dev.nameplate.ca.device.Owner;

/// Who gives or takes a grant.
public sealed interface Granter {

  /// An administrator, whose own grants have to allow it.
  record Officer(Owner admin) implements Granter {
    @Override
    public String toString() {
      return admin.toString();
    }
  }

  /// Somebody who has the server's folder, its database and the PIN of its token, and no
  /// administrator's certificate: the first administrator is made so, and one in an emergency.
  record Founder(String act) implements Granter {
    @Override
    public String toString() {
      return act;
    }
  }
}
