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
import dev.nameplate.cli.StatusWatch.Wanted;
import dev.nameplate.server.canary.RelyingParty;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
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
import java.util.function.UnaryOperator;
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
          UnaryOperator.identity(),
          clock,
          time -> {
            pauses.add(time);
            clock.advance(time);
          });

  @Test
  void givesUpWhenTheTimeIsOverAndSaysWhatItSawInstead() {
    var outcome =
        watch.await(
            Wanted.REVOKED,
            List.of(revoked()),
            Set.of(Place.CRL),
            Duration.ofSeconds(10),
            said::add);

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
    var _ =
        watch.await(
            Wanted.REVOKED,
            List.of(revoked()),
            Set.of(Place.OCSP),
            Duration.ofSeconds(10),
            said::add);

    assertThat(pauses)
        .startsWith(Duration.ofMillis(200), Duration.ofMillis(400))
        .endsWith(Duration.ofSeconds(2))
        .isSorted();
  }

  @Test
  void aResponderThatIsAwayIsNotARevocation() {
    var outcome =
        watch.await(
            Wanted.REVOKED,
            List.of(revoked()),
            Set.of(Place.OCSP),
            Duration.ofSeconds(1),
            said::add);

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
            Wanted.REVOKED,
            List.of(new StatusWatch.Watched(unseen.certificate(), unseen.issuer(), Map.of())),
            Set.of(Place.OCSP, Place.CRL),
            Duration.ofSeconds(10),
            said::add);

    assertThat(outcome.missing())
        .hasSize(2)
        .allSatisfy(each -> assertThat(each.last()).contains("names no URL"));
    assertThat(pauses).isEmpty();
  }

  @Test
  void aDeltaThatTheCrlDoesNotNameIsNotWaitedFor() throws Exception {
    try (var authority =
        new StrangeAuthority(
            Files.createTempDirectory(
                Files.createDirectories(Path.of("target").toAbsolutePath()), "strange-"))) {
      authority.publishes(true, "20990101000000Z");

      var outcome =
          watch.await(
              Wanted.REVOKED,
              List.of(
                  new StatusWatch.Watched(
                      read(authority.certificate()),
                      read(authority.authorities()),
                      Map.of(Place.DELTA, List.of(authority.url().resolve("/ca.crl"))))),
              Set.of(Place.DELTA),
              Duration.ofSeconds(10),
              said::add);

      assertThat(outcome.missing())
          .singleElement()
          .extracting(Missing::last)
          .asString()
          .isEqualTo("the CRL names no delta CRL");
      assertThat(pauses).isEmpty();
    }
  }

  @Test
  void everyPlaceThatTheCertificateNamesHasToSaySo() throws Exception {
    try (var authority =
        new StrangeAuthority(
            Files.createTempDirectory(
                Files.createDirectories(Path.of("target").toAbsolutePath()), "strange-"))) {
      authority.namesAnOldCrl().publishes(true, "20990101000000Z");
      var crl = authority.url().resolve("/ca.crl");
      var old = authority.url().resolve("/old.crl");

      var outcome =
          watch.await(
              Wanted.REVOKED,
              List.of(
                  new StatusWatch.Watched(
                      read(authority.certificate()),
                      read(authority.authorities()),
                      Map.of(Place.CRL, List.of(crl, old)))),
              Set.of(Place.CRL),
              Duration.ofSeconds(1),
              said::add);

      assertThat(outcome.sightings()).extracting(StatusWatch.Sighting::url).containsExactly(crl);
      assertThat(outcome.missing())
          .singleElement()
          .satisfies(missing -> {
            assertThat(missing.url()).contains(old);
            assertThat(missing.last()).contains("does not list it");
          });
      assertThat(said).singleElement().asString().startsWith("The CRL says revoked: ");
    }
  }

  @Test
  void whoWaitsForTheEndOfAHoldWaitsUntilItIsNoLongerListed() throws Exception {
    try (var authority =
        new StrangeAuthority(
            Files.createTempDirectory(
                Files.createDirectories(Path.of("target").toAbsolutePath()), "strange-"))) {
      authority.publishes(true, "20990101000000Z");
      var held =
          List.of(
              new StatusWatch.Watched(
                  read(authority.certificate()),
                  read(authority.authorities()),
                  Map.of(Place.CRL, List.of(authority.url().resolve("/ca.crl")))));

      var before =
          watch.await(Wanted.GOOD, held, Set.of(Place.CRL), Duration.ofSeconds(1), said::add);
      authority.publishes(false, "20990101000000Z");
      var after =
          watch.await(Wanted.GOOD, held, Set.of(Place.CRL), Duration.ofSeconds(1), said::add);

      assertThat(before.missing())
          .extracting(Missing::last)
          .containsExactly("The CRL still says revoked");
      assertThat(after.missing()).isEmpty();
    }
  }

  private static X509Certificate read(Path pem) throws Exception {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(new ByteArrayInputStream(Files.readAllBytes(pem)));
  }

  @Test
  void nothingToWaitForIsSeenAtOnce() {
    var outcome =
        watch.await(
            Wanted.REVOKED,
            List.of(),
            Set.of(Place.OCSP, Place.CRL),
            Duration.ofSeconds(1),
            said::add);

    assertThat(outcome.missing()).isEmpty();
    assertThat(pauses).isEmpty();
  }

  private static StatusWatch.Watched revoked() {
    var now = InstantSource.system();
    var store = new InMemoryStore(now);
    var hierarchy =
        TestHierarchy.over(
            new TestHierarchy.Stores(store, store, store, store),
            new StatusUrls(NOBODY),
            now,
            new Random(17),
            StopListener.NONE);
    return new StatusWatch.Watched(
        x509(hierarchy.enrolled(FakeDevice.named("pump-0017"))),
        x509(hierarchy.issuing().certificate().orElseThrow()),
        Map.of(
            Place.CRL,
            List.of(NOBODY.resolve("/issuing.crl")),
            Place.OCSP,
            List.of(NOBODY.resolve("/ocsp"))));
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
