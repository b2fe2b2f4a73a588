package dev.nameplate.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.cli.StatusWatch.Missing;
import dev.nameplate.cli.StatusWatch.Place;
import dev.nameplate.server.canary.RelyingParty;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/// Against nobody. What it sees of a real server is in `StoryTest`.
class StatusWatchTest {

  private static final URI NOBODY = URI.create("http://127.0.0.1:1");

  private final FakeClock clock = new FakeClock();
  private final List<Duration> pauses = new ArrayList<>();
  private final List<String> said = new ArrayList<>();
  private final StatusWatch watch =
      new StatusWatch(
          new RelyingParty(
              HttpClient.newHttpClient(), Duration.ofSeconds(5), InstantSource.system()),
          clock,
          time -> {
            pauses.add(time);
            clock.advance(time);
          });

  @Test
  void givesUpWhenTheTimeIsOverAndSaysWhatItSawInstead() {
    var outcome =
        watch.await(List.of(revoked()), Set.of(Place.CRL), Duration.ofSeconds(10), said::add);

    assertThat(outcome.sightings()).isEmpty();
    assertThat(outcome.missing())
        .singleElement()
        .extracting(Missing::last)
        .asString()
        .startsWith("no CRL: nothing answers at http://127.0.0.1:1/issuing.crl");
    assertThat(said).isEmpty();
    assertThat(Duration.between(FakeClock.START, clock.instant()))
        .isLessThanOrEqualTo(Duration.ofSeconds(10));
  }

  @Test
  void asksOftenAtFirstAndThenLessOften() {
    var _ = watch.await(List.of(revoked()), Set.of(Place.OCSP), Duration.ofSeconds(10), said::add);

    assertThat(pauses)
        .startsWith(Duration.ofMillis(200), Duration.ofMillis(400))
        .endsWith(Duration.ofSeconds(2))
        .isSorted();
  }

  @Test
  void aResponderThatIsAwayIsNotARevocation() {
    var outcome =
        watch.await(List.of(revoked()), Set.of(Place.OCSP), Duration.ofSeconds(1), said::add);

    assertThat(outcome.missing())
        .singleElement()
        .extracting(Missing::last)
        .asString()
        .startsWith("no OCSP answer: ");
  }

  @Test
  void whatTheCertificateDoesNotNameIsNotWaitedFor() {
    var unseen = revoked();

    var outcome =
        watch.await(
            List.of(new StatusWatch.Revoked(unseen.certificate(), unseen.issuer(), Map.of())),
            Set.of(Place.OCSP, Place.CRL),
            Duration.ofSeconds(10),
            said::add);

    assertThat(outcome.missing())
        .hasSize(2)
        .allSatisfy(each -> assertThat(each.last()).contains("names no URL"));
    assertThat(pauses).isEmpty();
  }

  @Test
  void nothingToWaitForIsSeenAtOnce() {
    var outcome =
        watch.await(List.of(), Set.of(Place.OCSP, Place.CRL), Duration.ofSeconds(1), said::add);

    assertThat(outcome.missing()).isEmpty();
    assertThat(pauses).isEmpty();
  }

  private static StatusWatch.Revoked revoked() {
    var now = InstantSource.system();
    var store = new InMemoryStore(now);
    var hierarchy =
        TestHierarchy.over(
            new TestHierarchy.Stores(store, store, store, store),
            new StatusUrls(NOBODY),
            now,
            new Random(17),
            StopListener.NONE);
    return new StatusWatch.Revoked(
        x509(hierarchy.enrolled(FakeDevice.named("pump-0017"))),
        x509(hierarchy.issuing().certificate().orElseThrow()),
        Map.of(Place.CRL, NOBODY.resolve("/issuing.crl"), Place.OCSP, NOBODY.resolve("/ocsp")));
  }

  private static X509Certificate x509(Certificate certificate) {
    try {
      return (X509Certificate)
          CertificateFactory.getInstance("X.509")
              .generateCertificate(new ByteArrayInputStream(certificate.der().toByteArray()));
    } catch (CertificateException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
