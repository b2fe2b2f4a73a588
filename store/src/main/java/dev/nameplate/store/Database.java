package dev.nameplate.store;

import com.zaxxer.hikari.HikariConfig;
import com.zaxxer.hikari.HikariDataSource;
import com.zaxxer.hikari.pool.HikariPool;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.store.AdministratorStore;
import dev.nameplate.ca.store.AnchorStore;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.CheckpointStore;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.LeaseStore;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.QuarantineStore;
import dev.nameplate.ca.store.ReportStore;
import dev.nameplate.ca.store.RequestStore;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.ServiceSignerStore;
import dev.nameplate.ca.store.SightingStore;
import dev.nameplate.ca.store.StationStore;
import dev.nameplate.ca.store.StatusChanges;
import dev.nameplate.ca.store.StoreException;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Properties;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.FlywayException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The one database of a node: schema, writer, readers, and the stores over them. May be used by
/// many threads at once.
public final class Database implements AutoCloseable {

  private static final Logger LOG = LoggerFactory.getLogger(Database.class);

  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private final Dialect dialect;
  private final DataSource source;
  private final GroupCommit writer;
  private final HikariDataSource pool;
  private final CertificateStore certificates;
  private final SightingStore sightings;
  private final ReportStore reports;
  private final OwnerStore owners;
  private final RequestStore requests;
  private final CrlStore crls;
  private final IssuerStore issuers;
  private final AnchorStore anchors;
  private final StationStore stations;
  private final LeaseStore leases;
  private final AdministratorStore administrators;
  private final RetirementStore retirements;
  private final AuditLog audit;
  private final ServiceSignerStore serviceSigners;
  private final CheckpointStore checkpoints;
  private final QuarantineStore quarantines;
  private final StatusFeed statuses;

  private Database(
      Dialect dialect,
      DataSource source,
      GroupCommit writer,
      HikariDataSource pool,
      StatusListeners listeners,
      InstantSource clock) {
    this.dialect = dialect;
    this.source = source;
    this.writer = writer;
    this.pool = pool;
    var reader = new Reader(pool, writer);
    certificates = new JdbcCertificateStore(dialect, writer, reader, clock);
    sightings = new JdbcSightingStore(writer, reader);
    reports = new JdbcReportStore(writer, reader);
    owners = new JdbcOwnerStore(writer, reader, clock);
    requests = new JdbcRequestStore(writer, reader);
    crls = new JdbcCrlStore(writer, reader);
    issuers = new JdbcIssuerStore(writer, reader, clock);
    anchors = new JdbcAnchorStore(writer, reader);
    stations = new JdbcStationStore(writer, reader);
    leases = new JdbcLeaseStore(writer);
    administrators = new JdbcAdministratorStore(writer, reader);
    retirements = new JdbcRetirementStore(writer, reader);
    audit = new JdbcAuditLog(writer, reader);
    quarantines = new JdbcQuarantineStore(writer, reader);
    checkpoints = new JdbcCheckpointStore(writer, reader);
    serviceSigners = new JdbcServiceSignerStore(writer, reader);
    statuses = new StatusFeed(reader, crls, listeners);
  }

  /// Opens the database, brings its schema up to date, and begins this process's audit chain.
  ///
  /// @param node the name of this node, which the next chain of the same node looks for
  /// @param onFatal told once if the store had to stop for good: the node must go down
  /// @throws StoreException that says what is wrong, if it cannot be opened
  public static Database open(
      DatabaseSettings settings,
      InstantSource clock,
      RandomGenerator random,
      String node,
      Consumer<StoreException> onFatal) {
    return open(settings, source(settings)::getConnection, clock, random, node, onFatal);
  }

  /// The same with the writer's connections from elsewhere, so that a test can watch or break them.
  static Database open(
      DatabaseSettings settings,
      Connections writerConnections,
      InstantSource clock,
      RandomGenerator random,
      String node,
      Consumer<StoreException> onFatal) {
    var dialect = settings.dialect();
    var source = source(settings);
    // held until the writer has its own: H2 closes with the last connection
    try (var first = source.getConnection()) {
      flyway(dialect, source).migrate();
      LOG.info(
          "database {} {}",
          first.getMetaData().getDatabaseProductName(),
          first.getMetaData().getDatabaseProductVersion());
      dialect.worries(first).forEach(LOG::warn);
      var listeners = new StatusListeners();
      var writer =
          new GroupCommit(
              dialect,
              writerConnections,
              AuditChain.begin(dialect, node, clock.instant(), random),
              clock,
              settings.deadline(),
              listeners,
              onFatal);
      try {
        return withReaders(dialect, source, writer, pool(settings, source), listeners, clock);
      } catch (RuntimeException failed) {
        writer.close();
        throw failed;
      }
    } catch (SQLException failed) {
      throw cannotOpen(settings, failed);
    } catch (FlywayException | HikariPool.PoolInitializationException failed) {
      throw cannotOpen(settings, failed);
    }
  }

  private static Database withReaders(
      Dialect dialect,
      DataSource source,
      GroupCommit writer,
      HikariDataSource pool,
      StatusListeners listeners,
      InstantSource clock) {
    try {
      return new Database(dialect, source, writer, pool, listeners, clock);
    } catch (StoreException failed) {
      pool.close();
      throw failed;
    }
  }

  public CertificateStore certificates() {
    return certificates;
  }

  public SightingStore sightings() {
    return sightings;
  }

  public ReportStore reports() {
    return reports;
  }

  public OwnerStore owners() {
    return owners;
  }

  public RequestStore requests() {
    return requests;
  }

  public CrlStore crls() {
    return crls;
  }

  public IssuerStore issuers() {
    return issuers;
  }

  public AnchorStore anchors() {
    return anchors;
  }

  public StationStore stations() {
    return stations;
  }

  public RetirementStore retirements() {
    return retirements;
  }

  public LeaseStore leases() {
    return leases;
  }

  public AdministratorStore administrators() {
    return administrators;
  }

  public AuditLog audit() {
    return audit;
  }

  public ServiceSignerStore serviceSigners() {
    return serviceSigners;
  }

  public QuarantineStore quarantines() {
    return quarantines;
  }

  public CheckpointStore checkpoints() {
    return checkpoints;
  }

  /// Of what other nodes change it tells while [#watchOtherNodes] looks.
  public StatusChanges statusChanges() {
    return statuses;
  }

  /// Looks for what other nodes change, until closed: at once where the database says so, and
  /// `every` so often in any case. An H2 file has no other nodes.
  public AutoCloseable watchOtherNodes(Duration every) {
    return switch (dialect) {
      case H2 -> () -> {};
      case POSTGRESQL -> new StatusWatch(statuses, source::getConnection, every);
    };
  }

  StatusFeed statusFeed() {
    return statuses;
  }

  GroupCommit writer() {
    return writer;
  }

  public GroupCommit.Stats stats() {
    return writer.stats();
  }

  /// How the connections for reading are used now.
  ///
  /// @param busy connections in use
  /// @param waiting threads that wait for one
  public record Readers(int busy, int waiting) {}

  public Readers readers() {
    return readers(pool);
  }

  static Readers readers(HikariDataSource pool) {
    var now = pool.getHikariPoolMXBean();
    return new Readers(now.getActiveConnections(), now.getThreadsAwaitingConnection());
  }

  /// Does what waits, and closes. The stores throw [StoreException] from then on.
  @Override
  public void close() {
    writer.close();
    if (dialect == Dialect.H2) {
      shutDownH2();
    }
    pool.close();
  }

  private void shutDownH2() {
    try (var last = source.getConnection()) {
      Sql.execute(last, "SHUTDOWN");
    } catch (SQLException failed) {
      LOG.warn("H2 did not shut down in order: {}", failed.getMessage());
    }
  }

  /// What knows which migrations there are, and which the database has.
  static Flyway flyway(Dialect dialect, DataSource source) {
    return Flyway.configure()
        .dataSource(source)
        .locations("classpath:db/migration")
        .placeholders(dialect.placeholders())
        .cleanDisabled(true)
        .load();
  }

  static HikariDataSource pool(DatabaseSettings settings, DataSource source) {
    var config = new HikariConfig();
    config.setPoolName("store-readers");
    config.setDataSource(source);
    config.setMaximumPoolSize(settings.readers());
    config.setMinimumIdle(1);
    config.setReadOnly(true);
    config.setConnectionTimeout(Math.max(250, settings.deadline().toMillis()));
    config.setTransactionIsolation("TRANSACTION_READ_COMMITTED");
    return new HikariDataSource(config);
  }

  /// An H2 file that is there, to be read only.
  static DataSource unchangeable(DatabaseSettings settings) {
    var properties = new Properties();
    properties.setProperty("user", settings.user());
    return new DriverSource(
        settings.url() + ";ACCESS_MODE_DATA=r;IFEXISTS=TRUE", properties, settings.password());
  }

  static DataSource source(DatabaseSettings settings) {
    return source(settings, PATIENCE);
  }

  /// @param patience how long PostgreSQL may take for an answer; whole seconds
  static DataSource source(DatabaseSettings settings, Duration patience) {
    var properties = new Properties();
    properties.setProperty("user", settings.user());
    return switch (settings.dialect()) {
      case H2 ->
          // closed by us, not by H2's own shutdown hook while changes are still under way
          new DriverSource(
              settings.url()
                  + ";DB_CLOSE_ON_EXIT=FALSE;WRITE_DELAY=0;LOCK_TIMEOUT=5000;QUERY_CACHE_SIZE=128",
              properties,
              settings.password());
      case POSTGRESQL -> {
        properties.setProperty("socketTimeout", Long.toString(patience.toSeconds()));
        properties.setProperty("tcpKeepAlive", "true");
        properties.setProperty("reWriteBatchedInserts", "true");
        properties.setProperty("ApplicationName", "nameplate");
        yield new DriverSource(settings.url(), properties, settings.password());
      }
    };
  }

  static StoreException cannotOpen(DatabaseSettings settings, Exception failed) {
    for (Throwable why = failed; why != null; why = why.getCause()) {
      if (why instanceof SQLException sql && sql.getErrorCode() == Dialect.H2_IN_USE) {
        return new StoreException(
            "the database " + settings.url() + " is in use by another process", failed);
      }
    }
    return new StoreException(
        "the database " + settings.url() + " cannot be opened: " + failed.getMessage(), failed);
  }
}
