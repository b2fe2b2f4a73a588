package dev.nameplate.ca.retirement;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.store.RetireOutcome;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.RevocationReason;
import java.util.Random;
import org.junit.jupiter.api.Test;

class DecommissionTest {

  private final FakeClock clock = new FakeClock();
  private final InMemoryStore store = new InMemoryStore(clock);
  private final TestHierarchy pki =
      TestHierarchy.over(
          new TestHierarchy.Stores(store, store, store, store), clock, new Random(1));
  private final Decommission decommission = new Decommission(store, clock);
  private final FakeDevice pump = FakeDevice.named("pump-1");

  @Test
  void aRetiredDeviceIsRevokedAndRefusedByNameAndByKey() {
    var certificate = pki.enrolled(pump);
    var secret = pki.secretFor(pump, 5);

    var outcome = decommission.retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, "me");

    assertThat(outcome)
        .isInstanceOfSatisfying(
            RetireOutcome.Retired.class,
            retired -> {
              assertThat(retired.revoked()).hasSize(1);
              assertThat(retired.burned()).isPositive();
            });
    assertThat(store.status(pki.issuing().id(), certificate.serial()))
        .isInstanceOf(CertificateStatus.Revoked.class);
    assertThat(pki.enrollment().enroll(pki.renewal(pump, certificate)))
        .isInstanceOf(EnrollmentResult.Refused.class);
    pump.makeNewKey();
    assertThat(pki.enrollment().enroll(pki.request(pump, secret)))
        .isInstanceOf(EnrollmentResult.Refused.class);
    var again = FakeDevice.named("PUMP-1");
    assertThat(
            store.register(
                again.owner(),
                "device",
                clock.instant(),
                new AuditEvent.OwnerRegistered(again.owner(), "device", "me")))
        .isInstanceOf(RegisterOutcome.NameRetired.class);
  }

  @Test
  void theKeyOfARetiredDeviceIsRefusedUnderAnotherName() {
    pki.enrolled(pump);
    decommission.retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, "me");
    var disguised = FakeDevice.named("pump-2", pump.key());
    pki.register(disguised);

    assertThat(pki.enrollment().enroll(pki.request(disguised, pki.secretFor(disguised, 1))))
        .isInstanceOf(EnrollmentResult.Refused.class);
  }

  @Test
  void retiringTwiceOrNobodySaysSo() {
    pki.enrolled(pump);
    decommission.retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, "me");

    assertThat(decommission.retire(pump.owner(), RevocationReason.KEY_COMPROMISE, "me"))
        .isInstanceOf(RetireOutcome.AlreadyRetired.class);
    assertThat(
            decommission.retire(
                FakeDevice.named("nobody").owner(), RevocationReason.SUPERSEDED, "me"))
        .isInstanceOf(RetireOutcome.NotFound.class);
  }
}
