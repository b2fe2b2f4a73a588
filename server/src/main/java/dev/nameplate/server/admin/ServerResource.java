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
  @RolesAllowed(Role.ADMIN)
  public AdminApi.Server server() {
    return server.get();
  }
}
