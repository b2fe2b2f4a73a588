package dev.nameplate.server.setup;

import dev.nameplate.ca.x509.SubjectAltName;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What `nameplate init` is told.
///
/// @param dir the folder to make; it may exist, but not have a CA
/// @param organization goes into the names of the authorities
/// @param bind the address that EST, status and admin listen on; metrics stay on loopback
/// @param hosts names and addresses for the TLS certificate, besides `bind`, `localhost` and
///   loopback
/// @param publicUrl the status listener as devices see it; it goes into certificates. Without one
///   it is made of the first host, or `bind`, and the status port
/// @param estPort 0 picks a free one and records it; so for the other ports
/// @param postgresql where everything is remembered; without it, in an embedded database in `dir`
public record InitOptions(
    Path dir,
    String organization,
    String bind,
    List<String> hosts,
    Optional<URI> publicUrl,
    int estPort,
    int statusPort,
    int adminPort,
    int metricsPort,
    Optional<Postgresql> postgresql) {

  public static final String LOOPBACK = "127.0.0.1";
  public static final int EST_PORT = 8443;
  public static final int STATUS_PORT = 8080;
  public static final int ADMIN_PORT = 8444;
  public static final int METRICS_PORT = 9464;

  public InitOptions {
    if (organization.isBlank() || organization.length() > 64) {
      throw new IllegalArgumentException("an organization has a name of 1 to 64 characters");
    }
    for (int port : new int[] {estPort, statusPort, adminPort, metricsPort}) {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("not a port: " + port);
      }
    }
    hosts = List.copyOf(hosts);
    // before anything is made, for not all of that can be taken back
    if (!hosts.isEmpty()) {
      var _ = SubjectAltName.of(hosts);
    }
    if (!Ports.isWildcard(bind)) {
      var _ = SubjectAltName.of(List.of(bind));
    }
  }

  /// A PostgreSQL database, empty as yet.
  ///
  /// @param url `jdbc:postgresql://HOST[,HOST…]/NAME`
  /// @param passwordFile of mode 0600
  public record Postgresql(String url, String user, Path passwordFile) {

    /// The path written out, for it goes into another folder's file.
    public Postgresql {
      passwordFile = passwordFile.toAbsolutePath().normalize();
    }
  }

  /// On loopback, with the usual ports.
  public static InitOptions of(Path dir, String organization) {
    return new InitOptions(
        dir,
        organization,
        LOOPBACK,
        List.of(),
        Optional.empty(),
        EST_PORT,
        STATUS_PORT,
        ADMIN_PORT,
        METRICS_PORT,
        Optional.empty());
  }

  /// On loopback, with ports that are free now.
  public static InitOptions onFreePorts(Path dir, String organization) {
    return onFreePorts(dir, organization, Optional.empty());
  }

  /// On loopback, with ports that are free now.
  public static InitOptions onFreePorts(
      Path dir, String organization, Optional<Postgresql> postgresql) {
    return new InitOptions(
        dir, organization, LOOPBACK, List.of(), Optional.empty(), 0, 0, 0, 0, postgresql);
  }
}
