package dev.nameplate.server.admin;

import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.x509.Certificate;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.function.Supplier;

/// The authorities, and the server itself.
@Path("")
@Produces(MediaType.APPLICATION_JSON)
public final class ServerResource {

  private final IssuerStore issuers;
  private final StatusUrls urls;
  private final Supplier<AdminApi.Server> server;

  ServerResource(IssuerStore issuers, StatusUrls urls, Supplier<AdminApi.Server> server) {
    this.issuers = issuers;
    this.urls = urls;
    this.server = server;
  }

  @GET
  @Path("issuers")
  @RolesAllowed(Role.ADMIN)
  public AdminApi.Issuers issuers() {
    return new AdminApi.Issuers(issuers.issuers().stream().map(this::issuer).toList());
  }

  @GET
  @Path("server")
  @RolesAllowed(Role.ADMIN)
  public AdminApi.Server server() {
    return server.get();
  }

  private AdminApi.Issuer issuer(IssuerRecord record) {
    var id = record.issuer().id();
    return new AdminApi.Issuer(
        id.hex(),
        record.issuer().name().toString(),
        record.role(),
        record.certificates().isEmpty()
            ? null
            : record.certificates().stream()
                .map(Certificate::notAfter)
                .max(java.time.Instant::compareTo)
                .orElseThrow(),
        urls.crl(id, record.scope()),
        urls.ocsp(),
        urls.certificate(id));
  }
}
