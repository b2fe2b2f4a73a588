package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.StatusListener;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.StoreContract;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// Two nodes on one PostgreSQL: A revokes, and B hears of it.
@Tag("O17")
class StatusFeedTest extends StoreContract {

  private static final Duration QUARTER = Duration.ofMillis(250);
  private static final Duration NEVER = Duration.ofHours(1);

  private final DatabaseSettings settings = TestDatabase.POSTGRESQL.fresh();
  private final Ear ear = new Ear();
  private Database b;

  /// What B heard.
  private static final class Ear implements StatusListener {

    private final BlockingQueue<SerialNumber> serials = new LinkedBlockingQueue<>();
    private final AtomicInteger losses = new AtomicInteger();

    @Override
    public void changed(IssuerId issuer, SerialNumber serial) {
      serials.add(serial);
    }

    @Override
    public void lost() {
      losses.incrementAndGet();
    }

    List<SerialNumber> all() {
      var all = new ArrayList<SerialNumber>();
      serials.drainTo(all);
      return all;
    }

    void await(SerialNumber serial) throws InterruptedException {
      while (true) {
        var next = serials.poll(30, TimeUnit.SECONDS);
        assertThat(next).as("what B hears while it waits for %s", serial).isNotNull();
        if (serial.equals(next)) {
          return;
        }
      }
    }
  }

  @Override
  protected Stores open(InstantSource clock) {
    var a = open("a");
    return new Stores(
        a.certificates(),
        a.owners(),
        a.requests(),
        a.crls(),
        a.issuers(),
        a.anchors(),
        a.stations(),
        a.leases(),
        a.statusChanges(),
        a.audit(),
        a.administrators(),
        a::close);
  }

  private Database open(String node) {
    return Database.open(settings, clock, new Random(node.hashCode()), node, _ -> {});
  }

  @BeforeEach
  void openTheOtherNode() {
    b = open("b");
    b.statusChanges().listen(ear);
  }

  @AfterEach
  void closeTheOtherNode() {
    b.close();
  }

  @Test
  void whatOneNodeRevokesTheOtherHearsOfWithinASecond() throws Exception {
    var times = new ArrayList<Duration>();
    try (var _ = b.watchOtherNodes(QUARTER)) {
      for (int i = 0; i < 9; i++) {
        var certificate = issued("pump-" + i);
        revoke(certificate);
        long committed = System.nanoTime();
        ear.await(certificate.serial());
        times.add(Duration.ofNanos(System.nanoTime() - committed));
      }
    }
    times.sort(null);
    assertThat(times.get(times.size() / 2)).isLessThan(Duration.ofSeconds(1));
  }

  @Test
  void postgresqlSaysThatThereIsSomethingToLookFor() throws Exception {
    try (var _ = b.watchOtherNodes(NEVER)) {
      // the first look may come before the first revocation or after it
      for (int i = 0; i < 3; i++) {
        var certificate = issued("pump-" + i);
        revoke(certificate);
        ear.await(certificate.serial());
      }
    }
  }

  @Test
  void withoutAWordFromPostgresqlTheRegularLooksAreEnough() throws Exception {
    Connections deaf =
        () -> {
          throw new SQLException("no connection to listen on");
        };
    try (var _ = new StatusWatch(b.statusFeed(), deaf, Duration.ofMillis(20))) {
      for (int i = 0; i < 3; i++) {
        var certificate = issued("pump-" + i);
        revoke(certificate);
        ear.await(certificate.serial());
      }
    }
  }

  @Test
  void aConnectionThatIsLostIsMadeAgain() throws Exception {
    var opened = new LinkedBlockingQueue<Connection>();
    Connections watched =
        () -> {
          var connection = DriverManager.getConnection(settings.url(), settings.user(), "");
          opened.add(connection);
          return connection;
        };
    try (var _ = new StatusWatch(b.statusFeed(), watched, Duration.ofMillis(20))) {
      for (int i = 0; i < 3; i++) {
        var listening = opened.poll(30, TimeUnit.SECONDS);
        assertThat(listening).isNotNull();
        listening.abort(Runnable::run);
        var certificate = issued("pump-" + i);
        revoke(certificate);
        ear.await(certificate.serial());
      }
    }
  }

  @Test
  void aLookTellsWhatChangedSinceTheLastOneAndNothingElse() {
    var first = issued("first");
    var second = issued("second");
    revoke(first);
    revoke(second);
    assertThat(ear.all()).isEmpty();

    b.statusFeed().look();
    assertThat(ear.all()).containsExactly(first.serial(), second.serial());

    b.statusFeed().look();
    assertThat(ear.all()).isEmpty();
    assertThat(ear.losses).hasValue(0);
  }

  @Test
  void whatHappenedWhileTheDatabaseWasAwayIsToldAfterwards() throws Exception {
    var certificate = issued("pump");
    rename("crl_scope", "crl_scope_away");
    assertThatThrownBy(() -> b.statusFeed().look()).isInstanceOf(StoreException.class);
    rename("crl_scope_away", "crl_scope");
    revoke(certificate);

    b.statusFeed().look();

    assertThat(ear.all()).containsExactly(certificate.serial());
    assertThat(ear.losses).as("said at once, and not again").hasValue(1);
  }

  @Test
  void asLongAsNothingCanBeSeenEverythingMayHaveChanged() throws Exception {
    rename("crl_scope", "crl_scope_away");

    for (int i = 1; i <= 3; i++) {
      assertThatThrownBy(() -> b.statusFeed().look()).isInstanceOf(StoreException.class);
      assertThat(ear.losses).hasValue(i);
    }
  }

  @Test
  void whatCannotBeReadOfSomeListsKeepsNobodyFromHearingOfTheOthers() throws Exception {
    var readable = issued("readable");
    revoke(readable);
    for (int shard = 0; shard < 5; shard++) {
      var unreadable = issued("unreadable-" + shard);
      revoke(unreadable);
      move(unreadable, shard);
    }
    sql("UPDATE certificate SET revocation_reason = 77 WHERE crl_scope LIKE 'shard-%'");

    assertThatThrownBy(() -> b.statusFeed().look()).isInstanceOf(RuntimeException.class);

    assertThat(ear.all()).containsExactly(readable.serial());
    assertThat(ear.losses).hasValue(1);
  }

  @Test
  void noFailureEndsTheWatch() throws Exception {
    var broken = new AtomicBoolean(true);
    b.statusChanges()
        .listen(
            new StatusListener() {
              @Override
              public void changed(IssuerId issuer, SerialNumber serial) {
                if (broken.getAndSet(false)) {
                  throw new LinkageError("on purpose");
                }
              }

              @Override
              public void lost() {}
            });
    Connections deaf =
        () -> {
          throw new LinkageError("on purpose");
        };
    try (var _ = new StatusWatch(b.statusFeed(), deaf, Duration.ofMillis(20))) {
      for (int i = 0; i < 3; i++) {
        var certificate = issued("pump-" + i);
        revoke(certificate);
        ear.await(certificate.serial());
      }
    }
    assertThat(broken).isFalse();
    assertThat(ear.losses).hasPositiveValue();
  }

  @Test
  void aDatabaseThatIsOlderThanItWasMeansThatEverythingMayHaveChanged() throws Exception {
    revoke(issued("pump"));
    b.statusFeed().look();
    ear.all();
    sql("UPDATE crl_scope SET changes = 0");

    b.statusFeed().look();
    assertThat(ear.losses).hasValue(1);
    b.statusFeed().look();
    assertThat(ear.losses).hasValue(1);

    var later = issued("later");
    revoke(later);
    b.statusFeed().look();
    assertThat(ear.all()).contains(later.serial());
  }

  @Test
  void aListenerThatFailsKeepsNobodyFromHearing() {
    var deaf = open("c");
    try (deaf) {
      deaf.statusChanges()
          .listen(
              new StatusListener() {
                @Override
                public void changed(IssuerId issuer, SerialNumber serial) {
                  throw new IllegalStateException("deaf");
                }

                @Override
                public void lost() {
                  throw new IllegalStateException("deaf");
                }
              });
      deaf.statusChanges().listen(ear);
      var certificate = issued("pump");

      assertThatCode(() ->
              deaf.certificates()
                  .revoke(
                      issuer,
                      certificate.serial(),
                      RevocationReason.SUPERSEDED,
                      Optional.empty(),
                      clock.instant(),
                      "test"))
          .doesNotThrowAnyException();

      assertThat(ear.all()).containsExactly(certificate.serial());
    }
  }

  private Certificate issued(String name) {
    var device = registered(name);
    return issued(withSecret(device, "secret-" + name, 1), device);
  }

  private void revoke(Certificate certificate) {
    certificates()
        .revoke(
            issuer,
            certificate.serial(),
            RevocationReason.SUPERSEDED,
            Optional.empty(),
            clock.instant(),
            "test");
  }

  /// To a shard of its own, as the only change of it.
  private void move(Certificate certificate, int shard) throws SQLException {
    var scope = CrlScope.shard(shard).name();
    sql(
        "INSERT INTO crl_scope (issuer_id, scope, changes, published, latest_number)"
            + " VALUES ('%s', '%s', 1, 0, 0)".formatted(issuer.hex(), scope));
    sql(
        "UPDATE certificate SET crl_scope = '%s', status_change = 1 WHERE serial = '%s'"
            .formatted(scope, certificate.serial().hex()));
  }

  private void rename(String table, String to) throws SQLException {
    sql("ALTER TABLE " + table + " RENAME TO " + to);
  }

  private void sql(String sql) throws SQLException {
    try (var connection = DriverManager.getConnection(settings.url(), settings.user(), "")) {
      Sql.execute(connection, sql);
    }
  }
}
