package dev.nameplate.server.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.store.CheckpointStore.Stored;
import dev.nameplate.ca.testing.FakeClock;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

/// A receiver that is away, silent or unknown is tried again, and said.
class SyslogTest {

  private static final Stored CHECKPOINT = new Stored(1, FakeClock.START, "main", "eyJ.a.b");

  @Test
  void aReceiverWithoutAnAddressIsTriedAgain() throws Exception {
    try (var syslog = to("udp://receiver.invalid:514")) {
      syslog.offer(CHECKPOINT);

      await().atMost(Duration.ofSeconds(20)).until(() -> syslog.failures() > 1);
      assertThat(syslog.waitingSince()).contains(FakeClock.START);
    }
  }

  @Test
  void aReceiverThatSaysNothingInTheHandshakeIsTriedAgain() throws Exception {
    try (var silent = new ServerSocket(0, 9, InetAddress.getLoopbackAddress());
        var syslog = to("tls://127.0.0.1:" + silent.getLocalPort())) {
      syslog.offer(CHECKPOINT);

      await().atMost(Duration.ofSeconds(30)).until(() -> syslog.failures() > 0);
      assertThat(syslog.waiting()).isEqualTo(1);
    }
  }

  private static Syslog to(String receiver) throws Exception {
    return new Syslog(URI.create(receiver), "main", SSLContext.getDefault());
  }
}
