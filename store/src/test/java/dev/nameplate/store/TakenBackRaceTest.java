package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.enrollment.Stop;
import dev.nameplate.ca.retirement.Decommission;
import dev.nameplate.ca.revocation.Revocation;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.store.RevokeOutcome;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import java.util.ArrayList;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// A device renews its certificate at the moment in which it is taken back, many times over. On
/// PostgreSQL that is done on one node, and the renewal on another.
@Tag("A2")
class TakenBackRaceTest {

  private final FakeClock clock = new FakeClock();

  /// When the renewal of this thread was about to be committed.
  private final ThreadLocal<Long> committing = new ThreadLocal<>();

  /// One race.
  ///
  /// @param committingAt when what was signed was about to be committed, if it came so far
  private record Renewal(EnrollmentResult result, Optional<Long> committingAt) {

    boolean issued() {
      return result instanceof EnrollmentResult.Issued;
    }
  }

  @ParameterizedTest
  @CsvSource({"H2, 1000", "POSTGRESQL, 300"})
  void noCertificateSurvivesARetirement(TestDatabase kind, int races) throws Exception {
    var settings = kind.fresh();
    try (var here = open(settings, "a");
        var there = kind == TestDatabase.POSTGRESQL ? open(settings, "b") : here;
        var threads = Executors.newFixedThreadPool(2)) {
      var pki = hierarchy(there);
      int issued = 0;
      for (int race = 0; race < races; race++) {
        var device = FakeDevice.named("pump-" + race);
        var certificate = pki.enrolled(device);
        device.makeNewKey();

        var renewal =
            race(
                threads,
                race,
                pki,
                device,
                certificate,
                () ->
                    assertThat(
                            new Decommission(here.owners(), clock)
                                .retire(device.owner(), RevocationReason.KEY_COMPROMISE, "test"))
                        .isInstanceOf(RetireOutcome.Retired.class));

        issued += renewal.issued() ? 1 : 0;
        assertThat(here.certificates().list(CertificateQuery.ofOwner(device.owner())))
            .as("race %d: %s", race, renewal)
            .noneMatch(record -> isGood(here, record));
      }
      assertThat(issued).as("renewals that were first").isStrictlyBetween(0, races);
    }
  }

  @ParameterizedTest
  @CsvSource({"H2, 1000", "POSTGRESQL, 300"})
  void nothingIsIssuedToACertificateOnceItsRevocationIsConfirmed(TestDatabase kind, int races)
      throws Exception {
    var settings = kind.fresh();
    try (var here = open(settings, "a");
        var there = kind == TestDatabase.POSTGRESQL ? open(settings, "b") : here;
        var threads = Executors.newFixedThreadPool(2)) {
      var pki = hierarchy(there);
      int issued = 0;
      for (int race = 0; race < races; race++) {
        var device = FakeDevice.named("pump-" + race);
        var certificate = pki.enrolled(device);
        device.makeNewKey();
        var confirmed = new ArrayList<Long>();

        var renewal =
            race(
                threads,
                race,
                pki,
                device,
                certificate,
                () -> {
                  var outcome =
                      new Revocation(here.certificates(), clock)
                          .revoke(
                              pki.issuing().id(),
                              certificate.serial(),
                              RevocationReason.KEY_COMPROMISE,
                              Optional.empty(),
                              "test");
                  confirmed.add(System.nanoTime());
                  assertThat(outcome).isInstanceOf(RevokeOutcome.Revoked.class);
                });

        if (renewal.issued()) {
          issued++;
          assertThat(renewal.committingAt().orElseThrow())
              .as("race %d: committed after the revocation was confirmed", race)
              .isLessThan(confirmed.getFirst());
        }
      }
      assertThat(issued).as("renewals that were first").isStrictlyBetween(0, races);
    }
  }

  /// Both at once, each first as often as the other.
  private Renewal race(
      ExecutorService threads,
      int race,
      TestHierarchy pki,
      FakeDevice device,
      Certificate presented,
      Runnable takeBack)
      throws Exception {
    var start = new CyclicBarrier(2);
    var request = pki.renewal(device, presented);
    var delay = new Random(race).nextInt(60);
    var renewing =
        threads.submit(() -> {
          committing.remove();
          start.await();
          spin(race % 2 == 0 ? delay : 0);
          var result = pki.enrollment().enroll(request);
          return new Renewal(result, Optional.ofNullable(committing.get()));
        });
    var takingBack =
        threads.submit(() -> {
          start.await();
          spin(race % 2 == 0 ? 0 : delay);
          takeBack.run();
          return true;
        });
    assertThat(takingBack.get()).isTrue();
    return renewing.get();
  }

  /// Some microseconds times a hundred.
  private static void spin(int hundreds) {
    long end = System.nanoTime() + hundreds * 100_000L;
    while (System.nanoTime() < end) {
      Thread.onSpinWait();
    }
  }

  private static boolean isGood(Database database, CertificateRecord record) {
    return database.certificates().status(record.issuer(), record.serial())
        instanceof CertificateStatus.Good;
  }

  private TestHierarchy hierarchy(Database database) {
    return TestHierarchy.over(
        new TestHierarchy.Stores(
            database.certificates(), database.owners(), database.issuers(), database.audit()),
        TestHierarchy.URLS,
        clock,
        new Random(1),
        (stop, _) -> {
          if (stop == Stop.VERIFIED) {
            committing.set(System.nanoTime());
          }
        });
  }

  private Database open(DatabaseSettings settings, String node) {
    return Database.open(
        settings,
        clock,
        new Random(node.hashCode()),
        node,
        fatal -> {
          throw new AssertionError("the database stopped", fatal);
        });
  }
}
