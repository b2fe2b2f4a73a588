package dev.nameplate.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateState;
import dev.nameplate.ca.store.CompleteOutcome;
import dev.nameplate.ca.store.ReserveOutcome;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.StoreContract;
import dev.nameplate.ca.x509.RevocationReason;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// No audit, no issuance: what cannot be written down is not done. Everything else works; only the
/// audit log cannot be written.
@Tag("threat-R7")
class AuditAwayTest {

  @Nested
  class OnH2 extends Contract {
    OnH2() {
      super(TestDatabase.H2);
    }
  }

  @Nested
  class OnPostgresql extends Contract {
    OnPostgresql() {
      super(TestDatabase.POSTGRESQL);
    }
  }

  abstract static class Contract extends StoreContract {

    private static final List<String> PARTS = List.of("audit_row", "audit_payload", "audit_chain");

    private final DatabaseSettings settings;

    Contract(TestDatabase kind) {
      settings = kind.fresh();
    }

    @Override
    protected Stores open(InstantSource clock) {
      var database = Database.open(settings, clock, new Random(1), "test", _ -> {});
      return DatabaseContracts.stores(database);
    }

    @Test
    void nothingIsReservedSoThatNothingCanBeSigned() throws SQLException {
      var pump = registered("pump");
      for (var part : PARTS) {
        var reservation = reservation(ourselves(pump), pump);
        without(
            part,
            () -> {
              assertThatThrownBy(() -> reserve(reservation)).isInstanceOf(StoreException.class);
              assertThat(certificates().find(issuer, reservation.tbs().serial())).isEmpty();
            });
        assertThat(reserve(reservation)).isEqualTo(new ReserveOutcome.Reserved());
        pump.makeNewKey();
      }
      assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
    }

    @Test
    void whatIsSignedIsNotIssued() throws SQLException {
      for (var part : PARTS) {
        var pump = registered("pump-" + part.replace('_', '-'));
        var reservation = reserved(ourselves(pump), pump);
        var certificate = sign(reservation.tbs());
        without(
            part,
            () -> {
              assertThatThrownBy(() -> complete(certificate)).isInstanceOf(StoreException.class);
              assertThat(record(reservation))
                  .extracting(CertificateRecord::state)
                  .isEqualTo(CertificateState.RESERVED);
            });
        assertThat(complete(certificate)).isEqualTo(new CompleteOutcome.Completed());
      }
      assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
    }

    @Test
    void nothingElseIsChangedEither() throws SQLException {
      var pump = registered("pump");
      var certificate = issued(ourselves(pump), pump);
      var valve = FakeDevice.named("valve");
      for (var part : PARTS) {
        without(
            part,
            () -> {
              assertThatThrownBy(() -> register(valve.owner())).isInstanceOf(StoreException.class);
              assertThat(owners().find(valve.owner())).isEmpty();
              assertThatThrownBy(() -> addSecret(secret(pump.owner(), "s-" + part, 1)))
                  .isInstanceOf(StoreException.class);
              assertThat(owners().secrets(pump.owner())).isEmpty();
              assertThatThrownBy(() ->
                      certificates()
                          .revoke(
                              issuer,
                              certificate.serial(),
                              RevocationReason.KEY_COMPROMISE,
                              Optional.empty(),
                              clock.instant(),
                              "test"))
                  .isInstanceOf(StoreException.class);
              assertThat(record(certificate).revocation()).isEmpty();
            });
      }
      assertThat(verdict()).isInstanceOf(AuditVerdict.Intact.class);
    }

    private void without(String table, Runnable check) throws SQLException {
      rename(table, table + "_away");
      try {
        check.run();
      } finally {
        rename(table + "_away", table);
      }
    }

    private void rename(String from, String to) throws SQLException {
      try (var connection = DriverManager.getConnection(settings.url(), settings.user(), "")) {
        Sql.execute(connection, "ALTER TABLE " + from + " RENAME TO " + to);
      }
    }
  }
}
