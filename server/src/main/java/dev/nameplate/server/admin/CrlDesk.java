package dev.nameplate.server.admin;

import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.revocation.CrlImport;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.signing.OfflineKey;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.x509.Crl;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What operators do with CRLs: look at them, have them made now, and bring those of issuers whose
/// keys are elsewhere.
public final class CrlDesk {

  private final CrlStore crls;
  private final IssuerStore issuers;
  private final CrlPublication publication;
  private final CrlImport imports;
  private final Supplier<List<Authority>> authorities;
  private final StatusUrls urls;

  /// @param authorities whose keys are here
  public CrlDesk(
      CrlStore crls,
      IssuerStore issuers,
      CrlPublication publication,
      CrlImport imports,
      Supplier<List<Authority>> authorities,
      StatusUrls urls) {
    this.crls = crls;
    this.issuers = issuers;
    this.publication = publication;
    this.imports = imports;
    this.authorities = authorities;
    this.urls = urls;
  }

  /// Every list that is published.
  List<AdminApi.Crl> list() {
    var found = new ArrayList<AdminApi.Crl>();
    for (var record : issuers.issuers()) {
      var id = record.issuer().id();
      crls.crlStates(id).entrySet().stream()
          .filter(list -> list.getValue().latestNumber() > 0)
          .sorted(Comparator.comparing(list -> list.getKey().name()))
          .forEach(list ->
              found.add(
                  new AdminApi.Crl(
                      id.hex(),
                      record.issuer().name().toString(),
                      list.getKey().name(),
                      list.getValue().latestNumber(),
                      list.getValue().thisUpdate().orElse(null),
                      list.getValue().nextUpdate().orElse(null),
                      list.getValue().isBehind(),
                      urls.crl(id, list.getKey()),
                      null,
                      null,
                      null)));
    }
    return List.copyOf(found);
  }

  /// One list, with what is in it.
  Optional<AdminApi.Crl> find(IssuerId issuer, CrlScope scope) {
    return crls.latestCrl(issuer, scope).map(this::view);
  }

  /// Makes the issuer's lists now, due or not.
  ///
  /// @return empty if there is no such issuer, or its key is not here
  Optional<List<AdminApi.Crl>> publish(IssuerId issuer) {
    return authorities.get().stream()
        .filter(authority -> authority.id().equals(issuer))
        .filter(authority -> !(authority.key() instanceof OfflineKey))
        .findFirst()
        .map(authority ->
            publication.scopes(authority).stream()
                .map(scope -> publication.publishNow(authority, scope))
                .flatMap(Optional::stream)
                .map(this::view)
                .toList());
  }

  CrlImport.Outcome bring(Crl crl, IssuerId issuer, String by) {
    return imports.publish(crl, issuer, by);
  }

  AdminApi.Crl view(PublishedCrl crl) {
    var state = crls.crlState(crl.issuer(), crl.scope());
    var name =
        issuers.issuers().stream()
            .filter(record -> record.issuer().id().equals(crl.issuer()))
            .map(record -> record.issuer().name().toString())
            .findFirst()
            .orElse("");
    return new AdminApi.Crl(
        crl.issuer().hex(),
        name,
        crl.scope().name(),
        crl.number(),
        crl.thisUpdate(),
        crl.nextUpdate(),
        state.isBehind(),
        urls.crl(crl.issuer(), crl.scope()),
        crl.entries(),
        (long) crl.der().length(),
        crl.der().sha256Hex());
  }
}
