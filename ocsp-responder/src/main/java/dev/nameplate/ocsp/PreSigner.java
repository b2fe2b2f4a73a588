package dev.nameplate.ocsp;

import dev.nameplate.ca.job.Job;
import java.time.Duration;
import java.time.Instant;

/// Signs answers anew shortly before they are due, if anybody asked for them since they were
/// signed: so nobody waits for a signature who asks for what is often asked for. Takes the token
/// only while hardly anybody else does, and not for long.
public final class PreSigner implements Job {

  /// How often it is meant to run.
  public static final Duration PERIOD = Duration.ofSeconds(10);

  /// What is not done in one run is done in the next, or by whoever asks.
  private static final int MOST = 500;

  private final OcspResponder responder;

  public PreSigner(OcspResponder responder) {
    this.responder = responder;
  }

  @Override
  public String name() {
    return "ocsp-pre-signer";
  }

  @Override
  public String run(Instant now) {
    // due before the run after the next one
    return responder.refresh(now.plus(PERIOD.multipliedBy(2)), MOST) + " answers signed anew";
  }
}
