package dev.nameplate.server.canary;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.FakeDevice;
import dev.nameplate.ca.testing.TestHierarchy;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.server.canary.RelyingParty.Sight;
import io.micrometer.core.instrument.Timer;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/// With relying parties that see what they are told to see. On a whole server: `ServiceLevelTest`.
class CanaryTest {

  private static final URI PUBLIC = URI.create("http://status.example");
  private static final CanarySettings HOURLY =
      new CanarySettings(Duration.ofHours(1), Duration.ofSeconds(60));
  private static final CanaryCertificate BIRD = bird();

  private final FakeClock clock = new FakeClock();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final List<String> done = new ArrayList<>();
  private final Map<Channel, Sight> seen =
      new EnumMap<>(
          Map.of(
              Channel.OCSP, new Sight.Good("OCSP still says good"),
              Channel.CRL, new Sight.Good("the CRL does not list it")));
  private final Canary canary = new Canary(new Birds(), this::look, HOURLY, clock, meters);

  private boolean broken;

  @Test
  void isSeenGoodAndRevokedAndThenLookedForUntilItIsSeen() {
    tick(Duration.ZERO);
    assertThat(done).containsExactly("issue", "good?", "good?", "revoke", "look", "look");
    tick(Duration.ofSeconds(1), Channel.OCSP);
    tick(Duration.ofSeconds(1));
    // two more of both, and one of the channel that has not seen it yet
    assertThat(done).filteredOn("look"::equals).hasSize(5);
  }

  @Test
  void isRevokedOnceInEachPeriod() {
    for (int minute = 0; minute < 121; minute++) {
      tick(Duration.ofMinutes(1));
    }

    assertThat(done).filteredOn("revoke"::equals).hasSize(3);
  }

  @Test
  void theTimeUntilItIsSeenIsMeasuredForEachChannel() {
    tick(Duration.ZERO);
    tick(Duration.ofMillis(200), Channel.OCSP);
    tick(Duration.ofSeconds(9), Channel.CRL);
    tick(Duration.ofSeconds(1));

    assertThat(timer(Channel.OCSP).count()).isEqualTo(1);
    assertThat(timer(Channel.OCSP).totalTime(TimeUnit.MILLISECONDS)).isEqualTo(200);
    assertThat(timer(Channel.CRL).totalTime(TimeUnit.MILLISECONDS)).isEqualTo(9200);
    assertThat(lastSeen(Channel.CRL))
        .isEqualTo((double) clock.instant().minusSeconds(1).getEpochSecond());
    assertThat(canary.warnings()).isEmpty();
  }

  @Test
  void whatIsSeenWithTheFirstLookTookNoTime() {
    seen.put(Channel.OCSP, new Sight.Revoked());
    tick(Duration.ZERO);

    assertThat(timer(Channel.OCSP).count()).isEqualTo(1);
    assertThat(timer(Channel.OCSP).max(TimeUnit.MILLISECONDS)).isZero();
  }

  @Test
  void whatIsNotSeenInTimeIsAWarningUntilOneIsSeenInTime() {
    tick(Duration.ZERO);
    tick(Duration.ofSeconds(1), Channel.OCSP);
    tick(Duration.ofSeconds(60));

    assertThat(canary.warnings())
        .containsOnlyKeys("canary crl")
        .containsEntry("canary crl", "unseen 61 s after a revocation: the CRL does not list it");
    assertThat(meters.counter("nameplate.canary.late", "channel", "crl").count()).isOne();

    tick(Duration.ofSeconds(9), Channel.CRL);
    assertThat(canary.warnings())
        .containsEntry("canary crl", "the last revocation was seen only after 70 s");
    assertThat(meters.counter("nameplate.canary.late", "channel", "crl").count()).isOne();

    seen.replaceAll((_, _) -> new Sight.Good("still good"));
    tick(Duration.ofHours(1));
    tick(Duration.ofSeconds(5), Channel.CRL, Channel.OCSP);
    assertThat(canary.warnings()).isEmpty();
  }

  @Test
  void silenceIsNotARevocation() {
    seen.put(Channel.OCSP, new Sight.Nothing("no OCSP answer: Connection refused"));
    tick(Duration.ZERO);
    tick(Duration.ofSeconds(61), Channel.CRL);

    assertThat(timer(Channel.OCSP).count()).isZero();
    assertThat(canary.warnings().get("canary ocsp")).endsWith("Connection refused");
  }

  @Test
  void whatCannotBeIssuedIsTriedAgainInTheNextPeriodOnly() {
    broken = true;
    assertThatThrownBy(() -> tick(Duration.ZERO)).hasMessage("the token is away");
    tick(Duration.ofMinutes(1));
    assertThat(done).containsExactly("issue");

    broken = false;
    tick(Duration.ofHours(1));
    assertThat(done).contains("revoke");
  }

  @Test
  void aPeriodIsLongerThanItsLimit() {
    assertThatThrownBy(() -> new CanarySettings(Duration.ofSeconds(60), Duration.ofSeconds(60)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// Lets time go by, and from now on these channels see it revoked until the next canary.
  private void tick(Duration time, Channel... revoked) {
    clock.advance(time);
    for (var channel : revoked) {
      seen.put(channel, new Sight.Revoked());
    }
    var _ = canary.run(clock.instant());
  }

  private Sight look(CanaryCertificate bird, Channel channel) {
    assertThat(bird).isEqualTo(BIRD);
    done.add(done.contains("revoke") ? "look" : "good?");
    return seen.getOrDefault(channel, new Sight.Nothing("nothing there"));
  }

  private Timer timer(Channel channel) {
    return meters.get("nameplate.revocation.visible").tag("channel", channel.toString()).timer();
  }

  private double lastSeen(Channel channel) {
    return meters.get("nameplate.canary.seen").tag("channel", channel.toString()).gauge().value();
  }

  private final class Birds implements Canary.Source {

    @Override
    public Set<Channel> channels() {
      return BIRD.urls().keySet();
    }

    @Override
    public CanaryCertificate issue() {
      done.add("issue");
      if (broken) {
        throw new IllegalStateException("the token is away");
      }
      return BIRD;
    }

    @Override
    public void revoke(CanaryCertificate canary) {
      done.add("revoke");
    }
  }

  private static CanaryCertificate bird() {
    var clock = new FakeClock();
    var store = new InMemoryStore(clock);
    var hierarchy =
        TestHierarchy.over(
            new TestHierarchy.Stores(store, store, store, store),
            new StatusUrls(PUBLIC),
            clock,
            new Random(17),
            StopListener.NONE);
    return new CanaryCertificate(
        x509(hierarchy.enrolled(FakeDevice.named("canary"))),
        x509(hierarchy.issuing().certificate().orElseThrow()),
        Map.of(Channel.OCSP, PUBLIC.resolve("/ocsp"), Channel.CRL, PUBLIC.resolve("/issuing.crl")));
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
