package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import java.util.List;

/// CRLs, as people read them.
final class CrlListing {

  private CrlListing() {}

  static Table table(List<AdminApi.Crl> crls) {
    var table = Table.of("ISSUER", "SCOPE", "NUMBER", "THIS UPDATE", "NEXT UPDATE", "STATE");
    for (var crl : crls) {
      table.row(
          crl.issuer().substring(0, 16),
          crl.scope(),
          crl.number(),
          crl.thisUpdate(),
          crl.nextUpdate(),
          state(crl));
    }
    return table;
  }

  static Table table(AdminApi.Crl crl) {
    return Table.pairs()
        .row("issuer", crl.issuerName())
        .row("issuer id", crl.issuer())
        .row("scope", crl.scope())
        .row("number", crl.number())
        .row("this update", crl.thisUpdate())
        .row("next update", crl.nextUpdate())
        .row("state", state(crl))
        .row("entries", crl.entries())
        .row("bytes", crl.bytes())
        .row("SHA-256", crl.sha256())
        .row("URL", crl.url());
  }

  private static String state(AdminApi.Crl crl) {
    return crl.behind() ? "behind" : "current";
  }
}
