package dev.nameplate.ca.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.StoreContract;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.SerialNumber;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("E14")
class DueCertificatesTest extends StoreContract {

  private static final Duration GRACE = Duration.ofHours(24);

  private final Set<SerialNumber> stuck = new HashSet<>();

  @Override
  protected Stores open(InstantSource clock) {
    return Stores.of(new InMemoryStore(clock));
  }

  @Test
  void whatCannotBeEndedNowKeepsNoOtherFromItsEnd() {
    var first = superseded("pump-1");
    var second = superseded("pump-2");
    var third = superseded("pump-3");
    stuck.add(first.serial());
    stuck.add(third.serial());
    clock.advance(GRACE);
    var job = new DueCertificates(someStuck());

    assertThatThrownBy(() -> job.run(clock.instant()))
        .isInstanceOf(StoreException.class)
        .hasMessage("stuck: " + first.serial())
        .satisfies(failure ->
            assertThat(failure.getSuppressed())
                .extracting(Throwable::getMessage)
                .containsExactly("stuck: " + third.serial()));
    assertThat(status(second)).isInstanceOf(CertificateStatus.Revoked.class);
    assertThat(status(first)).isInstanceOf(CertificateStatus.Good.class);

    stuck.clear();
    assertThat(job.run(clock.instant())).isEqualTo("2 certificates ended");
    assertThat(status(first)).isInstanceOf(CertificateStatus.Revoked.class);
    assertThat(status(third)).isInstanceOf(CertificateStatus.Revoked.class);
  }

  /// One whose successor is in use, and which ends after the grace.
  private Certificate superseded(String name) {
    var device = registered(name);
    var first = issued(withSecret(device, name, 1), device);
    confirm(first, Supersede.ON_CONFIRM);
    device.makeNewKey();
    confirm(issued(withCertificate(device, first), device), new Supersede.AfterGrace(GRACE));
    clock.advance(Duration.ofSeconds(1));
    return first;
  }

  private CertificateStatus status(Certificate certificate) {
    return certificates().status(issuer, certificate.serial());
  }

  /// The store, in which some rows cannot be changed.
  private CertificateStore someStuck() {
    return (CertificateStore)
        Proxy.newProxyInstance(
            CertificateStore.class.getClassLoader(),
            new Class<?>[] {CertificateStore.class},
            (_, method, arguments) -> {
              if (method.getName().equals("endIfDue") && stuck.contains(arguments[1])) {
                throw new StoreException("stuck: " + arguments[1]);
              }
              return method.invoke(certificates(), arguments);
            });
  }
}
