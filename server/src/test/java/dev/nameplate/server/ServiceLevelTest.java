package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// The canary on a whole server, seen through its public URLs.
class ServiceLevelTest {

  @Test
  void aRevocationIsSeenInOcspTheCrlAndItsDeltaAndMeasured() throws Exception {
    try (var server =
        RunningServer.start(settings ->
            settings.replace("debounce: 15s", "debounce: 1s, delta: 5m")
                + "\ncanary: {enabled: true, period: 10s, limit: 9s}\n")) {
      Awaitility.await()
          .atMost(Duration.ofSeconds(90))
          .untilAsserted(() ->
              assertThat(server.monitoring("/metrics"))
                  .containsPattern(visible("ocsp") + " [2-9]")
                  .containsPattern(visible("crl") + " [2-9]")
                  .containsPattern(visible("delta") + " [2-9]"));

      assertThat(server.monitoring("/metrics"))
          .contains("nameplate_revocation_visible_seconds_bucket{channel=\"ocsp\",le=\"0.25\"}")
          .containsPattern("nameplate_canary_seen_seconds\\{channel=\"ocsp\"\\} 1\\.");
      assertThat(server.monitoring("/health/ready")).startsWith("ready\n");
      // each of them is an ordinary certificate of its own owner
      var rows = server.get("/audit?limit=200").body().toString();
      assertThat(rows).contains("service:canary-main", "canary");
    }
  }

  @Test
  void withoutTheSettingNothingIsIssued() throws Exception {
    try (var server = RunningServer.start()) {
      assertThat(server.monitoring("/metrics")).doesNotContain("nameplate_revocation_visible");
      assertThat(server.monitoring("/health/ready")).isEqualTo("ready\n");
    }
  }

  private static String visible(String channel) {
    return "nameplate_revocation_visible_seconds_count\\{channel=\"" + channel + "\"\\}";
  }
}
