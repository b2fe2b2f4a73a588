package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.InMemoryKeyVault;
import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.ocsp.OcspHandler;
import dev.nameplate.ocsp.OcspResponder;
import dev.nameplate.ocsp.OcspSettings;
import dev.nameplate.ocsp.SourceLimit;
import dev.nameplate.ocsp.StatusHttp;
import dev.nameplate.server.canary.RelyingParty;
import dev.nameplate.server.canary.RelyingParty.Sight;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.server.HttpConnectionFactory;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("O12")
class OcspSignerRenewalTest {

  private static final Sight TRY_LATER =
      new Sight.Nothing("no OCSP answer: OCSP response error: TRY_LATER");
  private static final Duration LIFE = Duration.ofDays(90);

  // from now on: the JDK compares the times of an OCSP answer with the real time
  private final FakeClock clock = new FakeClock(Instant.now().truncatedTo(ChronoUnit.SECONDS));
  private final TestAuthority issuing =
      TestAuthority.root("Acme Issuing CA 1", KeyType.EC_P256, clock.instant());
  private final InMemoryKeyVault vault = new InMemoryKeyVault("node");
  private final List<OcspSignerRecord> records = new ArrayList<>();
  private final List<KeyLocation> asked = new ArrayList<>();
  private final LiveAuthorities authorities = LiveAuthorities.withoutKeys(source(), clock);
  private final LiveOcspSigners signers = signers();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private boolean away;
  private boolean tokenAway;
  private final OcspSignerRenewal renewal =
      new OcspSignerRenewal(
          authorities::answering,
          signers,
          vault,
          this::certify,
          "status-1",
          List.of(KeyType.EC_P256),
          new RenewalRule((_, _) -> new CertificateStatus.Good(Instant.MAX)));

  @Test
  void theFirstOneIsMadeAndIsGoodUntilAThirdOfItsLifeIsLeft() {
    run();
    assertThat(signerAt()).isEqualTo(records.getFirst().certificate());

    clock.advance(LIFE.dividedBy(3).multipliedBy(2).minusHours(1));
    run();
    assertThat(records).hasSize(1);

    clock.advance(Duration.ofHours(2));
    run();
    assertThat(records).hasSize(2);
    assertThat(records.getLast().key()).isNotEqualTo(records.getFirst().key());
    assertThat(signerAt()).isEqualTo(records.getLast().certificate());
  }

  @Test
  void attemptsThatFailFillNoTokenAndAskForTheSame() {
    away = true;
    for (int i = 0; i < 3; i++) {
      assertThatThrownBy(this::run).isInstanceOf(IssuingNodeException.class);
      clock.advance(Duration.ofMinutes(1));
    }

    away = false;
    run();

    assertThat(asked).hasSize(4);
    assertThat(asked.stream().distinct()).hasSize(1);
  }

  @Test
  void aSignerWhoseKeyIsLostIsReplaced() {
    run();
    var lost = records.removeFirst();
    records.add(
        new OcspSignerRecord(
            lost.issuer(),
            lost.node(),
            lost.certificate(),
            new KeyLocation("another token", "x", "00", lost.key().fingerprint())));
    clock.advance(Duration.ofMinutes(1));

    run();

    assertThat(records).hasSize(2);
    assertThat(signerAt()).isEqualTo(records.getLast().certificate());
    clock.advance(Duration.ofMinutes(1));
    run();
    assertThat(records).as("once is enough").hasSize(2);
  }

  @Test
  void anAuthorityWhoseSignersHaveAllExpiredIsNotForeign() throws Exception {
    run();
    assertThat(answer()).isEqualTo(new Sight.Good("OCSP still says good"));

    clock.advance(LIFE.plusDays(1));
    authorities.refresh();
    signers.refresh();

    assertThat(answer()).isEqualTo(TRY_LATER);
    assertThat(meters.get("nameplate.ocsp.without.signer").counter().count()).isOne();
  }

  @Test
  void anAuthorityWhoseSignersKeyCannotBeOpenedIsNotForeign() throws Exception {
    run();
    tokenAway = true;
    var restarted = signers();
    restarted.refresh();

    assertThat(answer(restarted)).isEqualTo(TRY_LATER);
    assertThat(meters.get("nameplate.ocsp.without.signer").counter().count()).isOne();
  }

  private LiveOcspSigners signers() {
    return new LiveOcspSigners(
        source(), authorities, this::open, "status-1", List.of(KeyType.EC_P256), clock);
  }

  private SigningKey open(KeyLocation location, String role) {
    if (tokenAway) {
      throw new SigningException("the token of the " + role + " key is away");
    }
    return vault.find(location);
  }

  private Sight answer() throws Exception {
    return answer(signers);
  }

  /// What a relying party hears about a certificate that is good.
  private Sight answer(LiveOcspSigners known) throws Exception {
    var responder =
        new OcspResponder(
            (_, _) -> new CertificateStatus.Good(clock.instant().plus(LIFE)),
            known,
            (_, _) -> {},
            OcspSettings.DEFAULT,
            clock,
            meters);
    var server = new Server();
    var connector =
        new ServerConnector(server, 1, 1, new HttpConnectionFactory(StatusHttp.configuration()));
    connector.setHost("127.0.0.1");
    server.addConnector(connector);
    server.setHandler(
        new OcspHandler(
            responder, SourceLimit.NONE, StatusHttp.ASIDE, OcspSettings.DEFAULT, clock));
    server.start();
    try (var http = HttpClient.newHttpClient()) {
      var pump =
          issuing.issue(
              TestAuthority.Use.DEVICE,
              "pump",
              SoftwareSigningKey.generate(KeyType.EC_P256).publicKey(),
              new SerialNumber(BigInteger.TEN),
              clock.instant(),
              clock.instant().plus(LIFE));
      return new RelyingParty(http, Duration.ofSeconds(30), clock)
          .askOcsp(
              x509(pump),
              x509(issuing.certificate()),
              URI.create("http://127.0.0.1:" + connector.getLocalPort() + "/ocsp"));
    } finally {
      server.stop();
    }
  }

  private static X509Certificate x509(Certificate certificate) throws CertificateException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
  }

  private void run() {
    authorities.refresh();
    renewal.run(clock.instant());
  }

  private Certificate signerAt() {
    return signers.get().validAt(clock.instant(), issuing.id()).orElseThrow().certificate();
  }

  private Certificate certify(IssuerId issuer, Der request, KeyLocation key) {
    asked.add(key);
    if (away) {
      throw new IssuingNodeException("away");
    }
    try {
      var csr = Csr.parse(request.toByteArray());
      var certificate =
          issuing.issue(
              TestAuthority.Use.OCSP_SIGNER,
              "OCSP signer",
              csr.publicKey(),
              new SerialNumber(BigInteger.valueOf(records.size() + 1)),
              clock.instant(),
              clock.instant().plus(LIFE));
      records.add(new OcspSignerRecord(issuer, "status-1", certificate, key));
      return certificate;
    } catch (MalformedCsrException impossible) {
      throw new AssertionError(impossible);
    }
  }

  private IssuerSource source() {
    return new IssuerSource() {
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
        return List.copyOf(records);
      }
    };
  }
}
