package dev.nameplate.server;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.enrollment.Authorities;
import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.IssuanceHeldException;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.server.audit.Quarantine;
import dev.nameplate.store.Database;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.Function;
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
    Quarantine quarantine,
    InstantSource clock,
    RandomGenerator random)
    implements AutoCloseable {

  /// @throws StoreException if the database cannot be opened
  static Core open(
      Settings settings,
      KeyVault vault,
      InstantSource clock,
      RandomGenerator random,
      MeterRegistry meters,
      StopListener stops,
      Consumer<StoreException> onFatal) {
    var database = Databases.open(settings, clock, random, onFatal);
    var urls = new StatusUrls(settings.publicUrl());
    var authorities =
        new LiveAuthorities(
            database.issuers(), Vaults.keys(vault, meters), settings.crl().shards(), clock);
    Function<Authorities, Enrollment> enrollments =
        signers ->
            new Enrollment(
                database.certificates(),
                database.audit(),
                new IssuancePolicy(),
                new CertificateTemplate(urls),
                signers,
                clock,
                random,
                stops,
                settings.est().approvals());
    var quarantine = new Quarantine(database.quarantines());
    var _ = quarantine.run(clock.instant());
    Authorities unrevoked = new UnrevokedAuthorities(authorities, database.certificates());
    var enrollment =
        enrollments.apply(profile -> {
          var held = quarantine.reason();
          if (held.isPresent()) {
            throw new IssuanceHeldException(held.get());
          }
          return unrevoked.of(profile);
        });
    var own = new OwnCertificates(database.owners(), enrollments, authorities, clock);
    var witnessed =
        new WitnessedVault(vault, settings.evidence(), database.audit()::append, clock, random);
    return new Core(
        database, witnessed, urls, authorities, enrollment, own, quarantine, clock, random);
  }

  /// Remembers a profile in this version, for the certificates that refer to it.
  public void record(ProfileFiles.Source source) {
    var profile = source.profile();
    database
        .issuers()
        .recordProfile(
            profile,
            source.text(),
            new AuditEvent.ProfileRecorded(profile.name(), profile.version()));
  }

  /// Closes the token and the database.
  @Override
  public void close() {
    try (database) {
      vault.close();
    }
  }
}
