package dev.nameplate.server;

import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.store.Database;
import java.time.InstantSource;
import java.util.random.RandomGenerator;

/// What issues certificates, without anybody who asks from outside: the database, the token, and
/// the rules over them. `nameplate init` works with it, and the server is built around it.
public record Core(
    Database database,
    KeyVault vault,
    StatusUrls urls,
    LiveAuthorities authorities,
    Enrollment enrollment,
    OwnCertificates own,
    InstantSource clock,
    RandomGenerator random)
    implements AutoCloseable {

  /// Closes the token and the database.
  @Override
  public void close() {
    try (database) {
      vault.close();
    }
  }
}
