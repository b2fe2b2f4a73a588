package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.RotationPolicy.Supersede;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.Reservation;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.StatusListener;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// What everything that tells of changed statuses promises of the changes that are made here.
@Tag("O17")
public abstract class StatusChangesContract extends StoreContract {

  private final List<SerialNumber> heard = new ArrayList<>();

  @BeforeEach
  void listen() {
    statusChanges()
        .listen(
            new StatusListener() {
              @Override
              public void changed(IssuerId from, SerialNumber serial) {
                assertThat(from).isEqualTo(issuer);
                heard.add(serial);
              }

              @Override
              public void lost() {
                throw new AssertionError("nothing was lost");
              }
            });
  }

  @Test
  void aRevocationIsHeardOfBeforeWhoeverRevokedIsAnswered() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    assertThat(heard).isEmpty();

    revoke(certificate);

    assertThat(heard).containsExactly(certificate.serial());
  }

  @Test
  void whoHearsOfItSeesItInTheStore() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    var seen = new ArrayList<CertificateStatus>();
    statusChanges()
        .listen(
            new StatusListener() {
              @Override
              public void changed(IssuerId from, SerialNumber serial) {
                seen.add(certificates().status(from, serial));
              }

              @Override
              public void lost() {
                throw new AssertionError("nothing was lost");
              }
            });

    revoke(certificate);

    assertThat(seen).hasSize(1).first().isInstanceOf(CertificateStatus.Revoked.class);
  }

  @Test
  void whatIsAbandonedIsHeardOf() {
    var pump = registered("pump");
    var orphan = reserved(withSecret(pump, "s1", 1), pump);

    certificates().abandon(issuer, orphan.tbs().serial(), clock.instant(), "test");

    assertThat(heard).containsExactly(orphan.tbs().serial());
  }

  @Test
  void aRetirementIsHeardOfForEachCertificate() {
    var pump = registered("pump");
    var secret = withSecret(pump, "s1", 9);
    var serials = new ArrayList<SerialNumber>();
    for (int i = 0; i < 3; i++) {
      pump.makeNewKey();
      var certificate = issued(secret, pump);
      confirm(certificate, Supersede.AT_EXPIRY);
      serials.add(certificate.serial());
    }

    owners().retire(pump.owner(), RevocationReason.CESSATION_OF_OPERATION, clock.instant(), "test");

    assertThat(heard).containsExactlyInAnyOrderElementsOf(serials);
  }

  @Test
  @Tag("O19")
  void theCertificateOfAnAuthorityIsOneLikeAnyOther() {
    var sub = registered("sub-ca");
    var like = reservation(withSecret(sub, "s1", 1), sub);
    var reservation =
        new Reservation(
            like.requester(),
            like.label(),
            like.profileVersion(),
            issuer,
            CrlScope.AUTHORITIES,
            like.tbs(),
            like.sameness(),
            like.repeatable(),
            like.signable(),
            like.now(),
            like.patience(),
            like.rotation());
    assertThat(reserve(reservation)).isEqualTo(new ReserveOutcome.Reserved());
    var certificate = sign(reservation.tbs());
    complete(certificate);

    revoke(certificate);

    assertThat(heard).containsExactly(certificate.serial());
    assertThat(crls().crlState(issuer, CrlScope.AUTHORITIES).changes()).isEqualTo(1);
  }

  @Test
  void aHoldAndItsReleaseAreHeardOf() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);

    certificates()
        .revoke(
            issuer,
            certificate.serial(),
            RevocationReason.CERTIFICATE_HOLD,
            Optional.empty(),
            clock.instant(),
            "test");
    certificates().release(issuer, certificate.serial(), "test");

    assertThat(heard).containsExactly(certificate.serial(), certificate.serial());
  }

  @Test
  void whatChangedNothingIsNotHeardOf() {
    var pump = registered("pump");
    var certificate = issued(withSecret(pump, "s1", 1), pump);
    revoke(certificate);
    heard.clear();

    revoke(certificate);

    assertThat(heard).isEmpty();
  }

  private void revoke(Certificate certificate) {
    certificates()
        .revoke(
            issuer,
            certificate.serial(),
            RevocationReason.KEY_COMPROMISE,
            Optional.empty(),
            clock.instant(),
            "test");
  }
}
