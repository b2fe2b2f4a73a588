package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.CrlSource;
import dev.nameplate.ca.store.CrlState;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.InMemoryKeyVault;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.ocsp.OcspSigner;
import dev.nameplate.ocsp.OcspSigners;
import java.math.BigInteger;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// A server that answers for status is ready while any signer of each authority may sign.
@Tag("O11")
class HealthTest {

  private static final String NONE = "no signer is valid and not revoked (cn=Acme Issuing CA 1)";

  private final FakeClock clock = new FakeClock();
  private final TestAuthority issuing =
      TestAuthority.root("Acme Issuing CA 1", KeyType.EC_P256, clock.instant());
  private final OcspSigner older = signer(1, Duration.ofDays(10));
  private final OcspSigner newer = signer(2, Duration.ofDays(20));
  private final Set<SerialNumber> revoked = new HashSet<>();
  private final LiveAuthorities authorities = LiveAuthorities.withoutKeys(new OneIssuer(), clock);
  private OcspSigners signers =
      OcspSigners.of(List.of(issuing.issuer()), List.of(older, newer), List.of());
  private final Health health =
      new Health(
          new InMemoryKeyVault("node"),
          new OneIssuer(),
          new FreshCrls(),
          authorities,
          Optional.of(() -> signers),
          (_, serial) -> status(serial),
          Map::of,
          clock);

  @BeforeEach
  void start() {
    authorities.refresh();
    health.inService();
  }

  @Test
  void oneThatMaySignIsEnoughWhicheverOfThemItIs() {
    assertThat(health.faults()).isEmpty();

    revoked.add(newer.certificate().serial());
    assertThat(health.faults()).as("the older one signs").isEmpty();

    revoked.clear();
    revoked.add(older.certificate().serial());
    assertThat(health.faults()).as("the newer one signs").isEmpty();
  }

  @Test
  void whenAllAreRevokedOrExpiredItIsNotReadyAndSaysForWhom() {
    revoked.add(newer.certificate().serial());
    clock.advance(Duration.ofDays(11));
    assertThat(health.faults()).containsOnly(Map.entry("ocsp", NONE));

    revoked.add(older.certificate().serial());
    clock.set(FakeClock.START.plusSeconds(1));
    assertThat(health.faults()).containsOnly(Map.entry("ocsp", NONE));
  }

  @Test
  void anAuthorityThatHasNoneAtAllIsAFault() {
    signers = OcspSigners.none();

    assertThat(health.faults()).containsOnly(Map.entry("ocsp", NONE));
  }

  private CertificateStatus status(SerialNumber serial) {
    return revoked.contains(serial)
        ? new CertificateStatus.Revoked(
            clock.instant(), RevocationReason.KEY_COMPROMISE, Instant.MAX)
        : new CertificateStatus.Good(Instant.MAX);
  }

  private OcspSigner signer(int serial, Duration life) {
    var key = SoftwareSigningKey.generate(KeyType.EC_P256);
    var certificate =
        issuing.issue(
            TestAuthority.Use.OCSP_SIGNER,
            "OCSP signer",
            key.publicKey(),
            new SerialNumber(BigInteger.valueOf(serial)),
            clock.instant(),
            clock.instant().plus(life));
    return OcspSigner.of(issuing.issuer(), certificate, key);
  }

  private final class OneIssuer implements IssuerSource {

    @Override
    public List<IssuerRecord> issuers() {
      return List.of(
          new IssuerRecord(
              issuing.issuer(),
              "issuing",
              CrlScope.END_ENTITIES,
              true,
              List.of(issuing.certificate()),
              List.of()));
    }

    @Override
    public Optional<Instant> lastNotAfter(IssuerId issuer) {
      return Optional.empty();
    }

    @Override
    public List<OcspSignerRecord> ocspSigners() {
      return List.of();
    }
  }

  private final class FreshCrls implements CrlSource {

    @Override
    public CrlState crlState(IssuerId issuer, CrlScope scope) {
      var now = clock.instant();
      return new CrlState(0, 0, 1, Optional.of(now), Optional.of(now.plus(Duration.ofDays(1))));
    }

    @Override
    public Map<CrlScope, CrlState> crlStates(IssuerId issuer) {
      return Map.of(CrlScope.END_ENTITIES, crlState(issuer, CrlScope.END_ENTITIES));
    }

    @Override
    public Optional<PublishedCrl> latestCrl(IssuerId issuer, CrlScope scope) {
      return Optional.empty();
    }
  }
}
