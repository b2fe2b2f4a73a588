package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.est.UnauthenticatedRefusals.Kind;
import java.time.Instant;
import org.junit.jupiter.api.Test;

final class UnauthenticatedRefusalsTest {

  private static final Instant NOW = Instant.parse("2026-11-23T13:00:30Z");

  private final UnauthenticatedRefusals counts = new UnauthenticatedRefusals();

  @Test
  void manyRefusalsBecomeOneEventOfEachKind() {
    for (int i = 0; i < 1000; i++) {
      counts.count(Kind.WRONG_SECRET);
    }
    counts.count(Kind.THROTTLED);

    var minute = Instant.parse("2026-11-23T13:00:00Z");
    assertThat(counts.drain(NOW))
        .containsExactly(
            new AuditEvent.UnauthenticatedRefusals("est wrong secret", minute, 1000),
            new AuditEvent.UnauthenticatedRefusals("est throttled", minute, 1));
  }

  @Test
  void whatWasHandedOutIsNotCountedAgain() {
    counts.count(Kind.UNKNOWN_CERTIFICATE);
    assertThat(counts.drain(NOW)).hasSize(1);

    assertThat(counts.drain(NOW)).isEmpty();
  }
}
