package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;

/// Authorities, as people read them.
final class IssuerListing {

  private IssuerListing() {}

  /// What a command made, or found made before.
  static void print(Console console, boolean json, AdminApi.IssuerMade made) {
    if (made.already()) {
      console.say("Nothing was changed: it was so before.");
    }
    if (json) {
      console.printJson(made);
    } else {
      console.print(table(made.issuer()));
    }
  }

  static Table table(AdminApi.Issuer issuer) {
    return Table.pairs()
        .row("name", issuer.name())
        .row("role", issuer.role())
        .row("state", issuer.state())
        .row("key", issuer.key())
        .row("not after", issuer.notAfter())
        .row("certificates", issuer.certificates().size())
        .row("id", issuer.id())
        .row("CRL", issuer.crlUrl())
        .row("OCSP", issuer.ocspUrl())
        .row("certificate", issuer.certificateUrl());
  }
}
