package dev.nameplate.ca.revocation;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// Delta CRLs (RFC 5280 section 5.2.4): to every list that a relying party may still hold.
@Tag("C06")
class CrlDeltaTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));
  private final Revocation revocation = new Revocation(store, clock);
  private final CrlPublication publication =
      new CrlPublication(
          store, store, clock, CrlSchedule.DEFAULT, TestHierarchy.URLS, true, CrlListener.NONE);

  @TempDir private Path directory;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void aListAndTheDeltaToItAreTheNewListAlsoAfterReleasesAndExpiry(long seed) throws Exception {
    var chance = new Random(seed);
    var devices = new ArrayList<Certificate>();
    var published = new ArrayList<PublishedCrl>();
    int removals = 0;
    for (int round = 0; round < 30; round++) {
      devices.add(pki.enrolled(FakeDevice.named("pump-" + round)));
      for (var certificate : devices) {
        switch (chance.nextInt(6)) {
          case 0 -> revoke(certificate, RevocationReason.CERTIFICATE_HOLD);
          case 1 -> revocation.release(pki.issuing().id(), certificate.serial(), "test");
          case 2 -> revoke(certificate, RevocationReason.KEY_COMPROMISE);
          default -> assertThat(certificate.serial()).isNotNull();
        }
      }
      published.add(publication.publishNow(pki.issuing(), CrlScope.END_ENTITIES).orElseThrow());
      // days at times, so that some expire
      clock.advance(chance.nextInt(4) == 0 ? Duration.ofHours(20) : Duration.ofMinutes(7));
      if (round == 20) {
        clock.advance(Duration.ofDays(89));
      }

      var latest = published.getLast();
      var full = listed(Crl.parse(latest.der()));
      if (latest.delta().isPresent()) {
        var delta = Crl.parse(latest.delta().get());
        removals += (int) listed(delta).values().stream().filter(CrlDeltaTest::isRemoval).count();
        assertThat(delta.number()).isEqualTo(latest.number());
        long base = delta.baseNumber().orElseThrow().longValueExact();
        for (var before : published) {
          if (before.number() >= base && before.number() < latest.number()) {
            assertThat(sum(before, delta)).as(before.number() + " + delta").isEqualTo(full);
          }
        }
      }
    }
    assertThat(removals).isPositive();
  }

  @Test
  void theDeltaSaysToWhatItAddsAndTheListSaysWhereTheDeltaIs() throws Exception {
    var first = Crl.parse(published().der());
    clock.advance(Duration.ofMinutes(5));
    var second = published();

    assertThat(first.freshest()).isEmpty();
    assertThat(Crl.parse(second.der()).freshest())
        .containsExactly(TestHierarchy.URLS.delta(pki.issuing().id(), CrlScope.END_ENTITIES));
    var delta = Crl.parse(second.delta().orElseThrow());
    assertThat(delta.baseNumber().orElseThrow()).isEqualTo(first.number());
    assertThat(delta.number()).isEqualTo(clock.instant().getEpochSecond());
    assertThat(delta.freshest()).isEmpty();
    assertThat(delta.isSignedBy(pki.issuing().issuer().publicKey())).isTrue();
    assertThat(delta.serials()).toIterable().isEmpty();
  }

  @Test
  void itIsMadeToTheOldestListThatIsNotOver() throws Exception {
    published();
    clock.advance(Duration.ofHours(23));
    var second = published();
    clock.advance(Duration.ofHours(2));

    var delta = Crl.parse(published().delta().orElseThrow());

    assertThat(delta.baseNumber().orElseThrow()).isEqualTo(second.number());
  }

  @Test
  void opensslAndCerttoolTakeTheDelta() throws Exception {
    var good = pki.enrolled(FakeDevice.named("good"));
    var revoked = pki.enrolled(FakeDevice.named("revoked"));
    var released = pki.enrolled(FakeDevice.named("released"));
    revoke(released, RevocationReason.CERTIFICATE_HOLD);
    var base = published();
    clock.advance(Duration.ofMinutes(5));
    revoke(revoked, RevocationReason.KEY_COMPROMISE);
    revocation.release(pki.issuing().id(), released.serial(), "test");
    clock.advance(Duration.ofMinutes(5));
    // a relying party has the list that says where deltas are, from before the changes
    var next = published();
    write("base.pem", base.der().toByteArray());
    write("delta.pem", next.delta().orElseThrow().toByteArray());
    write("next.pem", next.der().toByteArray());

    assertThat(
            Tool.OPENSSL.run(directory, "crl", "-in", "delta.pem", "-noout", "-text").ok().output())
        .contains("X509v3 Delta CRL Indicator: critical", "Remove From CRL", "Key Compromise");
    assertThat(verify(good)).contains("OK");
    assertThat(verify(revoked)).contains("certificate revoked");
    assertThat(verify(released)).contains("OK");
    Files.write(directory.resolve("delta.der"), next.delta().orElseThrow().toByteArray());
    assertThat(
            new Tool("certtool", "gnutls-bin")
                .run(directory, "--crl-info", "--inder", "--infile", "delta.der")
                .ok()
                .output())
        .contains("Revoked certificates (2)");
  }

  private String verify(Certificate certificate) throws Exception {
    Files.writeString(
        directory.resolve("root.pem"), Pem.encode(pki.root().certificate().orElseThrow()));
    Files.writeString(
        directory.resolve("issuing.pem"), Pem.encode(pki.issuing().certificate().orElseThrow()));
    Files.writeString(directory.resolve("device.pem"), Pem.encode(certificate));
    return Tool.OPENSSL
        .run(
            directory,
            "verify",
            "-crl_check",
            "-use_deltas",
            "-extended_crl",
            "-attime",
            Long.toString(clock.instant().getEpochSecond()),
            "-CAfile",
            "root.pem",
            "-untrusted",
            "issuing.pem",
            "-CRLfile",
            "next.pem",
            "-CRLfile",
            "delta.pem",
            "device.pem")
        .output();
  }

  private void write(String file, byte[] crl) throws Exception {
    Files.writeString(directory.resolve(file), Pem.encode("X509 CRL", crl));
  }

  private void revoke(Certificate certificate, RevocationReason reason) {
    revocation.revoke(pki.issuing().id(), certificate.serial(), reason, Optional.empty(), "test");
  }

  private PublishedCrl published() {
    return publication.publishNow(pki.issuing(), CrlScope.END_ENTITIES).orElseThrow();
  }

  /// What a relying party makes of the two.
  private static Map<SerialNumber, Crl.Entry> sum(PublishedCrl base, Crl delta) throws Exception {
    var sum = listed(Crl.parse(base.der()));
    listed(delta)
        .forEach((serial, entry) -> {
          if (isRemoval(entry)) {
            sum.remove(serial);
          } else {
            sum.put(serial, entry);
          }
        });
    return sum;
  }

  private static boolean isRemoval(Crl.Entry entry) {
    return entry.reason() == Crl.Entry.REMOVE_FROM_CRL;
  }

  private static Map<SerialNumber, Crl.Entry> listed(Crl crl) {
    var listed = new TreeMap<SerialNumber, Crl.Entry>();
    crl.entries().forEachRemaining(entry -> listed.put(entry.serial(), entry));
    return listed;
  }
}
