package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateRecord.Slot;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.x509.RevocationReason;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// Answers that never arrive, on a whole server: TLS, H2 and SoftHSM. `./build soak` does it with
/// 10,000 renewals.
class LostAnswersTest {

  private static final int RENEWALS = Integer.getInteger("soak.renewals", 1000);
  private static final int DEVICES = Math.clamp(RENEWALS / 25, 10, 200);
  private static final long SEED = Long.getLong("soak.seed", 20261123);

  @Test
  @Tag("E12")
  void devicesWhoseConnectionsBreakAfterSigningAreNeitherLockedOutNorGivenTwoIdentities()
      throws Exception {
    var log = new ListAppender<ILoggingEvent>();
    log.start();
    var root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(log);
    var access = (Logger) LoggerFactory.getLogger("access");
    access.setLevel(Level.WARN);
    List<UnluckyDevice> devices;
    Settings settings;
    try (var server = RunningServer.start()) {
      settings = SettingsFile.read(server.dir);
      devices = inParallel(DEVICES, i -> new UnluckyDevice(server, "unlucky-" + i, SEED + i));
      inParallel(
          DEVICES,
          i -> {
            int own = RENEWALS / DEVICES + (i < RENEWALS % DEVICES ? 1 : 0);
            for (int renewal = 0; renewal < own; renewal++) {
              devices.get(i).renew();
            }
            devices.get(i).renewUndisturbed();
            return i;
          });
    } finally {
      root.detachAppender(log);
      access.setLevel(null);
    }
    assertThat(log.list).filteredOn(line -> line.getLevel() == Level.ERROR).isEmpty();

    try (var core = Nameplate.core(settings)) {
      var certificates = core.database().certificates();
      int renewals = 0;
      int lost = 0;
      for (var device : devices) {
        hasOneIdentity(device, certificates);
        renewals += device.renewals().size();
        lost += lostAnswers(device, certificates);
      }
      // each of these lost the answer that it got in the end at least once
      assertThat(lost).isEqualTo(renewals).isGreaterThan(RENEWALS / 2);
      assertThat(devices.stream().mapToInt(UnluckyDevice::drops).sum()).isGreaterThan(RENEWALS);
      // seldom, and only because devices change their mind while a request of theirs is at work
      assertThat(devices.stream().mapToInt(UnluckyDevice::returns).sum())
          .isLessThan(Math.max(2, RENEWALS / 50));
    }
  }

  private static void hasOneIdentity(UnluckyDevice device, CertificateStore certificates) {
    var all = all(device, certificates);
    assertThat(all).extracting(CertificateRecord::state).doesNotContain(CertificateState.RESERVED);
    assertThat(all)
        .filteredOn(record -> record.slot().equals(Optional.of(Slot.CONFIRMED)))
        .as("confirmed certificates of %s", device.id())
        .extracting(record -> record.certificate().orElseThrow())
        .containsExactly(device.certificate());
    assertThat(all)
        .filteredOn(record -> record.slot().equals(Optional.of(Slot.PENDING)))
        .as("pending certificates of %s", device.id())
        .hasSize(1);
    for (var record : all) {
      var status = certificates.status(record.issuer(), record.serial());
      if (record.slot().isPresent()) {
        assertThat(status).isInstanceOf(CertificateStatus.Good.class);
      } else {
        assertThat(status)
            .isInstanceOfSatisfying(
                CertificateStatus.Revoked.class,
                revoked -> assertThat(revoked.reason()).isEqualTo(RevocationReason.SUPERSEDED));
      }
    }
  }

  /// How many of its renewals ended with a certificate that had been issued to an answer before.
  private static int lostAnswers(UnluckyDevice device, CertificateStore certificates) {
    int lost = 0;
    for (var renewal : device.renewals()) {
      var record = certificates.findByFingerprint(renewal.certificate().sha256()).orElseThrow();
      lost += record.reservedAt().isBefore(renewal.askedAt()) ? 1 : 0;
    }
    return lost;
  }

  private static List<CertificateRecord> all(UnluckyDevice device, CertificateStore certificates) {
    var owner = new DeviceId(device.id()).owner();
    var all = new ArrayList<CertificateRecord>();
    var page = certificates.list(CertificateQuery.ofOwner(owner));
    while (!page.isEmpty()) {
      all.addAll(page);
      page =
          certificates.list(
              new CertificateQuery(
                  Optional.of(owner), Optional.empty(), Optional.of(all.getLast().serial()), 1000));
    }
    return all;
  }

  private interface Work<T> {
    T of(int index) throws Exception;
  }

  private static <T> List<T> inParallel(int count, Work<T> work) throws Exception {
    var futures = new ArrayList<Future<T>>();
    try (var threads = Executors.newFixedThreadPool(8)) {
      for (int i = 0; i < count; i++) {
        int index = i;
        futures.add(threads.submit(() -> work.of(index)));
      }
    }
    var results = new ArrayList<T>();
    for (var future : futures) {
      results.add(future.get());
    }
    return results;
  }
}
