package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.FakeClock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class DatabaseTest {

  private final FakeClock clock = new FakeClock();

  @ParameterizedTest
  @EnumSource
  void whatWasStoredIsThereAfterTheNextStart(TestDatabase kind) {
    var settings = kind.fresh();
    try (var database = open(settings, "node")) {
      register(database, "pump");
    }
    clock.advance(Duration.ofMinutes(1));
    try (var database = open(settings, "node")) {
      assertThat(database.owners().find(owner("pump"))).isPresent();
      assertThat(register(database, "pump")).isInstanceOf(RegisterOutcome.NameTaken.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void eachStartBeginsAChainThatNamesTheOneBefore(TestDatabase kind) {
    var settings = kind.fresh();
    for (int start = 0; start < 3; start++) {
      try (var database = open(settings, "node")) {
        register(database, "pump-" + start);
      }
      clock.advance(Duration.ofMinutes(1));
    }
    try (var database = open(settings, "node")) {
      var rows = rows(database);
      var starts =
          rows.stream().filter(row -> row.kind().equals("ChainStarted")).toList().reversed();

      assertThat(starts).hasSize(4);
      for (int i = 1; i < starts.size(); i++) {
        var before = starts.get(i - 1).chain();
        var last =
            rows.stream()
                .filter(row -> row.chain().equals(before))
                .reduce((_, later) -> later)
                .orElseThrow();
        assertThat(starts.get(i).payload().orElseThrow())
            .contains(
                "\"previousChain\":\"%s\",\"previousSequence\":%d,\"previousHash\":\"%s\""
                    .formatted(before, last.sequence(), last.hash()));
      }
      assertThat(verdict(database)).isEqualTo(new AuditVerdict.Intact(4 + 3, 4));
    }
  }

  @Test
  void twoNodesWriteTwoChains() throws Exception {
    var settings = TestDatabase.POSTGRESQL.fresh();
    try (var a = open(settings, "a");
        var b = open(settings, "b")) {
      register(a, "pump-a");
      register(b, "pump-b");
      a.audit().append(new AuditEvent.ServerStopped("a"));

      assertThat(verdict(a)).isEqualTo(new AuditVerdict.Intact(2 + 3, 2));
      assertThat(rows(b).stream().map(AuditRow::chain).distinct()).hasSize(2);
    }
  }

  @Test
  void ofTwoNodesThatRaceForOneNameOneWins() throws Exception {
    var settings = TestDatabase.POSTGRESQL.fresh();
    try (var a = open(settings, "a");
        var b = open(settings, "b");
        var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var nodes = List.of(a, b);
      var tasks =
          IntStream.range(0, 400)
              .<Callable<RegisterOutcome>>mapToObj(
                  i -> () -> register(nodes.get(i % 2), "pump-" + i / 2))
              .toList();
      var outcomes = new ArrayList<RegisterOutcome>();
      for (var outcome : threads.invokeAll(tasks)) {
        outcomes.add(outcome.get());
      }

      for (int i = 0; i < outcomes.size(); i += 2) {
        assertThat(outcomes.subList(i, i + 2))
            .filteredOn(RegisterOutcome.Registered.class::isInstance)
            .hasSize(1);
        assertThat(outcomes.subList(i, i + 2))
            .filteredOn(new RegisterOutcome.NameTaken(owner("pump-" + i / 2))::equals)
            .hasSize(1);
      }
      assertThat(verdict(a)).isEqualTo(new AuditVerdict.Intact(2 + 200, 2));
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:h2:tcp://localhost/np",
        "jdbc:h2:./np",
        "jdbc:h2:ssl://localhost/np",
        "jdbc:mysql://localhost/np",
        "jdbc:h2:file:./np;INIT=RUNSCRIPT FROM 'x.sql'",
        "jdbc:h2:file:./np;init=DROP ALL OBJECTS",
        "jdbc:h2:file:./np; TRACE_LEVEL_FILE=3",
        "jdbc:h2:file:./np;AUTO_SERVER=TRUE",
        "jdbc:h2:file:./np;CACHE_SIZE=1000;WRITE_DELAY=500",
        "jdbc:postgresql://localhost/np?socketFactory=org.example.Evil",
        "jdbc:postgresql://localhost/np?password=secret",
        "jdbc:postgresql://localhost/np?sslmode=require&loggerFile=/tmp/x"
      })
  void aUrlThatMakesTheDriverDoOtherThingsIsRefused(String url) {
    assertThatThrownBy(() -> new DatabaseSettings(url, "np", () -> ""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("database URL")
        .message()
        .doesNotContain("secret");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "jdbc:h2:file:/var/lib/np/db",
        "jdbc:h2:mem:np",
        "jdbc:h2:file:/var/lib/np/db;CACHE_SIZE=65536",
        "jdbc:postgresql://one,two/np?targetServerType=primary&sslmode=verify-full"
      })
  void ordinaryUrlsAreTaken(String url) {
    assertThat(new DatabaseSettings(url, "np", () -> "secret").toString())
        .contains(url)
        .doesNotContain("secret");
  }

  @Test
  void aServerThatDoesNotKeepWhatItCommitsIsAWorry() throws Exception {
    // the test server runs without fsync, for speed
    try (var connection = new BreakableConnections(TestDatabase.POSTGRESQL.fresh()).open()) {
      assertThat(Dialect.POSTGRESQL.worries(connection))
          .anySatisfy(worry -> assertThat(worry).contains("fsync off"));
    }
  }

  @Test
  void manyNodesMayStartOnOneEmptyDatabaseAtOnce() throws Exception {
    var settings = TestDatabase.POSTGRESQL.fresh();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var tasks =
          IntStream.range(0, 4)
              .<Callable<Database>>mapToObj(i -> () -> open(settings, "node-" + i))
              .toList();
      for (var opened : threads.invokeAll(tasks)) {
        try (var database = opened.get()) {
          assertThat(register(database, "pump-" + database.hashCode()))
              .isInstanceOf(RegisterOutcome.Registered.class);
        }
      }
    }
  }

  @Test
  void aDatabaseThatIsNotThereIsNamed() {
    var settings =
        new DatabaseSettings("jdbc:postgresql://127.0.0.1:1/np?connectTimeout=2", "np", () -> "");

    assertThatThrownBy(() -> open(settings, "node"))
        .isInstanceOf(StoreException.class)
        .hasMessageContaining("127.0.0.1:1")
        .hasMessageContaining("cannot be opened");
  }

  private Database open(DatabaseSettings settings, String node) {
    return Database.open(settings, clock, new Random(node.hashCode()), node, _ -> {});
  }

  private RegisterOutcome register(Database database, String name) {
    return database
        .owners()
        .register(
            owner(name),
            "device",
            clock.instant(),
            new AuditEvent.OwnerRegistered(owner(name), "device", "test"));
  }

  private static Owner owner(String name) {
    return new Owner(OwnerKind.DEVICE, name);
  }

  private static List<AuditRow> rows(Database database) {
    var rows = new ArrayList<AuditRow>();
    database.audit().rows(rows::add);
    return rows;
  }

  private static AuditVerdict verdict(Database database) {
    var verifier = new AuditVerifier();
    database.audit().rows(verifier::next);
    return verifier.verdict();
  }
}
