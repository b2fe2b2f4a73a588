package dev.nameplate.server;

import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.store.CrlSource;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.StatusChanges;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.store.Database;
import dev.nameplate.store.ReadOnlyDatabase;

/// What answers for status are made of, the same on every kind of node: things to read, and the
/// token with the OCSP signing keys. Nothing here can change anything.
record StatusSide(
    StatusSource statuses,
    IssuerSource issuers,
    CrlSource crls,
    StatusChanges changes,
    LiveAuthorities authorities,
    KeyVault vault) {

  StatusSide(Database database, LiveAuthorities authorities, KeyVault vault) {
    this(
        database.certificates(),
        database.issuers(),
        database.crls(),
        database.statusChanges(),
        authorities,
        vault);
  }

  StatusSide(ReadOnlyDatabase database, LiveAuthorities authorities, KeyVault vault) {
    this(
        database.statuses(),
        database.issuers(),
        database.crls(),
        database.statusChanges(),
        authorities,
        vault);
  }
}
