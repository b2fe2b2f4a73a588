package dev.nameplate.store;

import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import dev.nameplate.ca.store.CrlSource;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.ServiceSignerStore;
import dev.nameplate.ca.store.StatusChanges;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.store.StoreException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import javax.sql.DataSource;
import org.flywaydb.core.api.FlywayException;
import org.flywaydb.core.api.MigrationInfo;

/// The database of a node that answers for status and nothing else. It has no writer and no audit
/// chain, leaves the schema as it is, and asks of PostgreSQL no more than [#grants] gives. May be
/// used by many threads at once.
public final class ReadOnlyDatabase implements AutoCloseable {

  /// What a node that only reads has to see, besides [#STATUS]: no device, no secret, no audit log.
  private static final List<String> TABLES =
      List.of(
          "flyway_schema_history",
          "issuer",
          "issuer_certificate",
          "issuer_key_location",
          "lost_certificate",
          "ocsp_signer",
          "crl_scope",
          "crl",
          "crl_part");

  /// What it has to see of each certificate: whether it is revoked, and not whose it is.
  private static final List<String> STATUS =
      List.of(
          "issuer_id",
          "serial",
          "der_sha256",
          "state",
          "not_after",
          "crl_scope",
          "status_change",
          "revoked_at",
          "revocation_reason",
          "invalidity_date");

  /// Whoever asks for a status can ask again, and does not wait for a database that is away.
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Pattern NAME = Pattern.compile("[a-z_][a-z0-9_]{0,62}");

  private final HikariDataSource pool;
  private final StatusSource statuses;
  private final IssuerSource issuers;
  private final CrlSource crls;
  private final ServiceSignerStore serviceSigners;
  private final StatusFeed changes;
  private final DataSource source;

  private ReadOnlyDatabase(
      Dialect dialect, DataSource source, HikariDataSource pool, InstantSource clock) {
    this.source = source;
    this.pool = pool;
    var writer = Writer.none();
    var reader = new Reader(pool, writer);
    statuses = new JdbcCertificateStore(dialect, writer, reader, clock);
    issuers = new JdbcIssuerStore(writer, reader, clock);
    var lists = new JdbcCrlStore(writer, reader);
    crls = lists;
    serviceSigners = new JdbcServiceSignerStore(writer, reader);
    changes = new StatusFeed(reader, lists, new StatusListeners());
  }

  /// Opens a database that another node keeps.
  ///
  /// @throws StoreException that says what is wrong, if it cannot be opened, or its schema is older
  ///   than what is read here
  public static ReadOnlyDatabase open(DatabaseSettings settings, InstantSource clock) {
    if (settings.dialect() != Dialect.POSTGRESQL) {
      throw new StoreException(
          settings.url() + " cannot be shared: a node that only reads needs PostgreSQL");
    }
    var source = Database.source(settings, PATIENCE);
    try {
      requireSchema(settings, Database.flyway(settings.dialect(), source).info().pending());
      return reading(settings, source, clock);
    } catch (FlywayException | HikariPool.PoolInitializationException failed) {
      throw Database.cannotOpen(settings, failed);
    }
  }

  /// Opens an H2 file that nobody has open, without changing a byte of it.
  ///
  /// @throws StoreException that says what is wrong, if it cannot be opened, or its schema is older
  ///   than what is read here
  public static ReadOnlyDatabase openFile(DatabaseSettings settings, InstantSource clock) {
    var source = Database.unchangeable(settings);
    try {
      requireSchema(settings, Database.flyway(settings.dialect(), source).info().pending());
      return reading(settings, source, clock);
    } catch (FlywayException | HikariPool.PoolInitializationException failed) {
      throw Database.cannotOpen(settings, failed);
    }
  }

  private static ReadOnlyDatabase reading(
      DatabaseSettings settings, DataSource source, InstantSource clock) {
    var pool = Database.pool(settings, source);
    try {
      return new ReadOnlyDatabase(settings.dialect(), source, pool, clock);
    } catch (StoreException failed) {
      pool.close();
      throw failed;
    }
  }

  /// What makes a user of PostgreSQL one that may read what is read here, and nothing else, as SQL
  /// for the owner of the tables.
  ///
  /// @param schema where the tables are: `public`
  /// @throws IllegalArgumentException unless both are plain names
  public static String grants(String user, String schema) {
    for (var name : List.of(user, schema)) {
      if (!NAME.matcher(name).matches()) {
        throw new IllegalArgumentException(
            "'" + name + "' must be 1 to 63 lower-case letters, digits and underscores");
      }
    }
    return """
    ALTER ROLE %1$s SET default_transaction_read_only = on;
    GRANT USAGE ON SCHEMA %2$s TO %1$s;
    GRANT SELECT ON
    %3$s
      TO %1$s;
    GRANT SELECT (%4$s)
      ON %2$s.certificate TO %1$s;
    """
        .formatted(
            user,
            schema,
            TABLES.stream()
                .map(table -> "  " + schema + "." + table)
                .collect(Collectors.joining(",\n")),
            String.join(", ", STATUS));
  }

  public StatusSource statuses() {
    return statuses;
  }

  public IssuerSource issuers() {
    return issuers;
  }

  /// For whoever may read the whole database, as its owner may: nothing of it is in [#grants].
  public ServiceSignerStore serviceSigners() {
    return serviceSigners;
  }

  public CrlSource crls() {
    return crls;
  }

  /// It tells of what others change while [#watchOtherNodes] looks.
  public StatusChanges statusChanges() {
    return changes;
  }

  /// Looks for what others change, until closed: at once where the database says so, and `every` so
  /// often in any case.
  public AutoCloseable watchOtherNodes(Duration every) {
    return new StatusWatch(changes, source::getConnection, every);
  }

  public Database.Readers readers() {
    return Database.readers(pool);
  }

  /// The sources throw [StoreException] from then on.
  @Override
  public void close() {
    pool.close();
  }

  private static void requireSchema(DatabaseSettings settings, MigrationInfo[] missing) {
    if (missing.length > 0) {
      throw new StoreException(
          "the database "
              + settings.url()
              + " lacks what this version reads ("
              + Arrays.stream(missing)
                  .map(migration -> "V" + migration.getVersion())
                  .collect(Collectors.joining(", "))
              + "); start an issuing node of the same version first: it brings the schema up to"
              + " date");
    }
  }
}
