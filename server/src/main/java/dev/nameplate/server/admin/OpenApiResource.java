package dev.nameplate.server.admin;

import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Objects;

/// What this API is, for programs: an OpenAPI document.
@Path("openapi.json")
@Produces(MediaType.APPLICATION_JSON)
public final class OpenApiResource {

  /// Beside this class. A test makes it from the routes and their records, and compares.
  static final String FILE = "openapi.json";

  private final byte[] document = read();

  /// This document.
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
  public byte[] document() {
    return document.clone();
  }

  private static byte[] read() {
    try (var in = OpenApiResource.class.getResourceAsStream(FILE)) {
      return Objects.requireNonNull(in, FILE).readAllBytes();
    } catch (IOException unreadable) {
      throw new UncheckedIOException("a file of our own: " + FILE, unreadable);
    }
  }
}
