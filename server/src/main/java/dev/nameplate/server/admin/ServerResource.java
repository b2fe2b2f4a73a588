package dev.nameplate.server.admin;

import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.util.function.Supplier;

/// The server itself.
@Path("server")
@Produces(MediaType.APPLICATION_JSON)
public final class ServerResource {

  private final Supplier<AdminApi.Server> server;

  ServerResource(Supplier<AdminApi.Server> server) {
    this.server = server;
  }

  /// How this server stands now.
  @GET
  @RolesAllowed({
    Role.VIEWER,
    Role.AUDITOR,
    Role.LINE_OPERATOR,
    Role.DEVICE_ADMIN,
    Role.REVOKER,
    Role.CA_ADMIN,
    Role.SECURITY_OFFICER
  })
  @Limited(Limited.By.ITSELF)
  public AdminApi.Server server() {
    return server.get();
  }
}
