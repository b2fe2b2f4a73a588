package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import java.sql.DriverManager;
import java.time.Duration;
import java.util.Optional;
import java.util.Random;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A large CRL is written in parts before it is published; a process may die in between.
@Tag("C09")
class CrlPartsTest {

  private final FakeClock clock = new FakeClock();
  private final Random random = new Random(4);
  private final TestAuthority ca = TestAuthority.root("Test CA", KeyType.EC_P256, clock.instant());

  @ParameterizedTest
  @EnumSource
  void whatAProcessLeftThatDiedHalfWayIsNeverServedAndGoesWithTheNext(TestDatabase kind)
      throws Exception {
    try (var database =
        Database.open(
            kind.fresh(),
            clock,
            new Random(1),
            "test",
            fatal -> {
              throw new AssertionError("the database stopped", fatal);
            })) {
      var first = crl(1);
      publish(database, first);
      var halfWritten = crl(2);
      database
          .writer()
          .submit(
              Lane.BULK,
              "~test",
              "one part of two",
              transaction -> {
                CrlParts.insert(transaction, halfWritten, "dead", 0);
                return true;
              });

      assertThat(database.crls().latestCrl(ca.id(), CrlScope.END_ENTITIES)).contains(first);
      assertThat(parts(database)).isEqualTo(3);
      var second = crl(2);
      publish(database, second);

      assertThat(database.crls().latestCrl(ca.id(), CrlScope.END_ENTITIES)).contains(second);
      assertThat(parts(database)).isEqualTo(2);
    }
  }

  @ParameterizedTest
  @EnumSource
  void aListThatWasPublishedBeforeTheUpgradeIsServedAfterIt(TestDatabase kind) throws Exception {
    var settings = kind.fresh();
    Flyway.configure()
        .dataSource(settings.url(), settings.user(), "")
        .locations("classpath:db/migration")
        .placeholders(settings.dialect().placeholders())
        .target("8")
        .load()
        .migrate();
    byte[] bytes = new byte[(1 << 20) + 5];
    random.nextBytes(bytes);
    try (var connection = DriverManager.getConnection(settings.url(), settings.user(), "")) {
      Sql.update(
          connection,
          """
          INSERT INTO crl_scope
            (issuer_id, scope, changes, published, latest_number, this_update, next_update)
          VALUES (?, 'end-entities', 3, 3, 7, 1000, 2000)
          """,
          ca.id().hex());
      Sql.update(
          connection,
          """
          INSERT INTO crl
            (issuer_id, scope, number, changes, entries, this_update, next_update, der)
          VALUES (?, 'end-entities', 7, 3, 3, 1000, 2000, ?)
          """,
          ca.id().hex(),
          bytes);
    }

    try (var database = Database.open(settings, clock, new Random(1), "test", _ -> {})) {
      var crl = database.crls().latestCrl(ca.id(), CrlScope.END_ENTITIES).orElseThrow();

      assertThat(crl.number()).isEqualTo(7);
      assertThat(crl.der()).isEqualTo(Der.of(bytes));
      assertThat(crl.delta()).isEmpty();
    }
  }

  private long parts(Database database) {
    return database
        .writer()
        .submit(
            Lane.BULK,
            "~test",
            "count",
            transaction ->
                transaction
                    .first("SELECT COUNT(*) FROM crl_part", row -> row.getLong(1))
                    .orElseThrow());
  }

  private static void publish(Database database, PublishedCrl crl) {
    var why =
        new AuditEvent.CrlPublished(
            crl.issuer(), crl.scope(), crl.number(), crl.entries(), crl.der().sha256Hex());
    assertThat(database.crls().publish(crl, crl.number() - 1, why, 0)).isTrue();
  }

  private PublishedCrl crl(long number) {
    byte[] bytes = new byte[(1 << 20) + 5];
    random.nextBytes(bytes);
    return new PublishedCrl(
        ca.id(),
        CrlScope.END_ENTITIES,
        number,
        0,
        0,
        clock.instant(),
        clock.instant().plus(Duration.ofHours(1)),
        clock.instant(),
        Der.of(bytes),
        Optional.empty());
  }
}
