package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.Stop;
import dev.nameplate.ca.job.OrphanedReservations;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.MalformedCertificateException;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.Timeout.ThreadMode;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/// A node is killed (SIGKILL) while many clients enroll, one of them exactly at a given stop. What
/// the clients hold is then compared with what the database has.
@Timeout(value = 120, threadMode = ThreadMode.SEPARATE_THREAD)
class CrashTest {

  static final String REACHED = "reached the stop: ";

  private static final int PASS = 25;

  /// One line of a client's ledger: a certificate that it was given.
  private record Acknowledged(DeviceId device, Certificate certificate) {}

  @TempDir private Path folder;

  private final FakeClock clock = new FakeClock();

  static Stream<Arguments> everyStopOnEveryDatabase() {
    return Stream.of(TestDatabase.values())
        .flatMap(kind -> Stream.of(Stop.values()).map(stop -> Arguments.of(kind, stop)));
  }

  @ParameterizedTest
  @MethodSource("everyStopOnEveryDatabase")
  void nothingAcknowledgedIsLostAndNothingElseIsValid(TestDatabase kind, Stop stop)
      throws Exception {
    var settings = kind.fresh();
    var ledger = folder.resolve("ledger");

    var stopped = killAt(settings, stop, ledger);

    clock.advance(Duration.ofMinutes(5));
    try (var database =
        Database.open(settings, clock, new Random(1), "survivor", CrashTest::fail)) {
      var orphans = new OrphanedReservations(database.certificates(), Enrollment.PATIENCE);
      orphans.run(clock.instant());

      var acknowledged = acknowledged(ledger);
      assertThat(acknowledged).isNotEmpty();
      for (var one : acknowledged) {
        assertThat(database.certificates().findByFingerprint(one.certificate().sha256()))
            .as("what %s was given", one.device())
            .hasValueSatisfying(record -> {
              assertThat(record.certificate()).contains(one.certificate());
              assertThat(record.owner()).isEqualTo(one.device().owner());
              assertThat(
                      database.certificates().status(record.issuer(), one.certificate().serial()))
                  .isInstanceOf(CertificateStatus.Good.class);
            });
      }
      assertThat(acknowledged)
          .extracting(one -> one.certificate().serial())
          .doesNotHaveDuplicates();

      assertThat(all(database)).extracting(CertificateRecord::serial).doesNotHaveDuplicates();
      assertThat(database.certificates().countByState())
          .doesNotContainKey(CertificateState.RESERVED);
      assertStoppedWhere(stop, database.certificates().list(ofOwner(stopped)));
      assertThat(verdict(database)).isInstanceOf(AuditVerdict.Intact.class);
    }
  }

  /// What became of the one that was exactly at the stop.
  private static void assertStoppedWhere(Stop stop, List<CertificateRecord> records) {
    switch (stop) {
      case DECIDED, FILLED, LINTED -> assertThat(records).isEmpty();
      case RESERVED, SIGNED, VERIFIED ->
          assertThat(records)
              .extracting(CertificateRecord::state)
              .containsExactly(CertificateState.ABANDONED);
      case COMPLETED ->
          assertThat(records)
              .extracting(CertificateRecord::state)
              .containsExactly(CertificateState.ISSUED);
    }
  }

  @Test
  void anH2FileThatAnotherProcessHasOpenIsRefusedWithTheReason() throws Exception {
    var settings = TestDatabase.H2.fresh();
    var node = start(settings, Stop.COMPLETED, 1, folder.resolve("ledger"));
    try {
      awaitStop(node);

      assertThatThrownBy(
              () -> Database.open(settings, clock, new Random(1), "second", CrashTest::fail))
          .isInstanceOf(StoreException.class)
          .hasMessageContaining("in use by another process");
    } finally {
      node.destroyForcibly().waitFor();
    }
  }

  private static DeviceId killAt(DatabaseSettings settings, Stop stop, Path ledger)
      throws Exception {
    var node = start(settings, stop, PASS, ledger);
    try {
      return awaitStop(node);
    } finally {
      node.destroyForcibly().waitFor();
    }
  }

  private static Process start(DatabaseSettings settings, Stop stop, int pass, Path ledger)
      throws IOException {
    var classPath =
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-Xmx256m",
            "-cp",
            absolute(classPath),
            CrashingNode.class.getName(),
            settings.url(),
            settings.user(),
            stop.name(),
            Integer.toString(pass),
            ledger.toString())
        .redirectErrorStream(true)
        .start();
  }

  private static String absolute(String classPath) {
    return Stream.of(classPath.split(File.pathSeparator))
        .map(entry -> Path.of(entry).toAbsolutePath().toString())
        .reduce((left, right) -> left + File.pathSeparator + right)
        .orElseThrow();
  }

  private static DeviceId awaitStop(Process node) throws IOException {
    var said = new StringBuilder();
    BufferedReader output = node.inputReader();
    for (var line = output.readLine(); line != null; line = output.readLine()) {
      if (line.startsWith(REACHED)) {
        return new DeviceId(line.substring(line.indexOf("device:") + "device:".length()));
      }
      said.append(line).append('\n');
    }
    throw new AssertionError("the node ended before it reached the stop:\n" + said);
  }

  /// The last line may be torn: then nobody was told.
  private static List<Acknowledged> acknowledged(Path ledger) throws IOException {
    var text = Files.readString(ledger);
    return text.substring(0, text.lastIndexOf('\n') + 1)
        .lines()
        .map(line -> line.split(" "))
        .map(parts -> new Acknowledged(new DeviceId(parts[0]), parse(parts[2])))
        .toList();
  }

  private static Certificate parse(String hex) {
    try {
      return Certificate.parse(HexFormat.of().parseHex(hex));
    } catch (MalformedCertificateException broken) {
      throw new AssertionError("a client was given something else than a certificate", broken);
    }
  }

  private static List<CertificateRecord> all(Database database) {
    return database
        .certificates()
        .list(new CertificateQuery(Optional.empty(), Optional.empty(), Optional.empty(), 1000));
  }

  private static CertificateQuery ofOwner(DeviceId device) {
    return CertificateQuery.ofOwner(device.owner());
  }

  private static AuditVerdict verdict(Database database) {
    var verifier = new AuditVerifier();
    database.audit().rows(verifier::next);
    return verifier.verdict();
  }

  private static void fail(StoreException fatal) {
    throw fatal;
  }
}
