package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditProof;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.job.CheckpointJob;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.CheckpointStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// What every store of checkpoints promises, and when the job makes one.
public abstract class CheckpointContract {

  private static final CheckpointJob.Rule RULE =
      new CheckpointJob.Rule(Duration.ofMinutes(1), 5, Duration.ofHours(1));

  /// The store, and the log that it is about.
  public record Opened(CheckpointStore checkpoints, AuditLog audit, Runnable closing) {}

  private final FakeClock clock = new FakeClock();
  private final TestSigner signer = TestSigner.below("Root", "main", clock.instant());
  private Opened opened;
  private boolean away;
  private boolean held;
  private CheckpointJob job;

  /// A new and empty store.
  protected abstract Opened open(InstantSource clock);

  @BeforeEach
  void openTheStore() {
    opened = open(clock);
    job =
        new CheckpointJob(
            opened.checkpoints(),
            () -> {
              if (away) {
                throw new SigningException("the token is away");
              }
              return signer.key();
            },
            "main",
            RULE,
            () -> held);
  }

  @AfterEach
  void closeTheStore() {
    opened.closing().run();
  }

  @Test
  void theFirstOneIsMadeAtOnceAndTheNextAMinuteLaterIfSomethingWasWritten() {
    assertThat(run()).isEqualTo("checkpoint 1");
    assertThat(run()).isEqualTo("nothing to sign");

    write(1);
    assertThat(run()).isEqualTo("nothing to sign");
    clock.advance(Duration.ofMinutes(1));
    assertThat(run()).isEqualTo("checkpoint 2");

    clock.advance(Duration.ofMinutes(30));
    assertThat(run()).isEqualTo("nothing to sign");
    clock.advance(Duration.ofMinutes(30));
    assertThat(run()).isEqualTo("checkpoint 3");
    assertThat(verdict()).isEqualTo(new AuditVerdict.Intact(2, 1));
  }

  @Test
  void manyRowsAreNotKeptWaitingForTheMinute() {
    run();
    write(4);
    assertThat(run()).isEqualTo("nothing to sign");
    write(1);
    assertThat(run()).isEqualTo("checkpoint 2");
    assertThat(job.finish(clock.instant())).isEqualTo("nothing to sign");
    write(1);
    assertThat(job.finish(clock.instant())).isEqualTo("checkpoint 3");
  }

  @Test
  void aTokenThatIsAwayDelaysACheckpointAndNothingElse() {
    away = true;
    Assertions.assertThatThrownBy(this::run).isInstanceOf(SigningException.class);
    write(2);
    assertThat(opened.checkpoints().latestCheckpoint()).isEmpty();

    away = false;
    assertThat(run()).isEqualTo("checkpoint 1");
    assertThat(verdict()).isEqualTo(new AuditVerdict.Intact(3, 1));
  }

  @Test
  void inQuarantineNoneIsMade() {
    held = true;
    assertThat(run()).contains("quarantine");
    assertThat(opened.checkpoints().latestCheckpoint()).isEmpty();
  }

  @Test
  void ofTwoNodesThatMakeTheSameOneTheSecondIsRefused() {
    run();
    var first = opened.checkpoints().latestCheckpoint().orElseThrow();
    var another = new CheckpointStore.Stored(2, clock.instant(), "other", "j");

    assertThat(opened.checkpoints().addCheckpoint(first, 0)).isFalse();
    assertThat(opened.checkpoints().addCheckpoint(another, 1)).isTrue();
    assertThat(opened.checkpoints().addCheckpoint(another, 1)).isFalse();
    assertThat(opened.checkpoints().checkpointsAfter(0, 10)).containsExactly(first, another);
    assertThat(opened.checkpoints().checkpointsAfter(1, 10)).containsExactly(another);
    assertThat(opened.checkpoints().checkpointsAfter(0, 1)).containsExactly(first);
  }

  @Test
  void theStateOfTheLogIsItsEnds() {
    write(3);

    var state = opened.checkpoints().logState();

    assertThat(state.rows()).isEqualTo(4);
    assertThat(state.ends()).hasSize(1).isEqualTo(state.open());
    assertThat(state.open().getFirst().sequence()).isEqualTo(4);
  }

  private String run() {
    return job.run(clock.instant());
  }

  private void write(int rows) {
    for (int i = 0; i < rows; i++) {
      opened
          .audit()
          .append(new AuditEvent.UnauthenticatedRefusals("number " + i, clock.instant(), i));
    }
  }

  private AuditVerdict verdict() {
    var proof = new AuditProof(List.of(signer.root()));
    var all = opened.checkpoints().checkpointsAfter(0, 100);
    all.forEach(each -> proof.checkpoint(each.number(), each.jws()));
    all.forEach(each -> proof.exported(each.jws()));
    opened.checkpoints().logState().ends().forEach(proof::end);
    var verifier = new AuditVerifier(proof);
    opened.audit().rows(verifier::next);
    opened.checkpoints().logState().ends().forEach(verifier::end);
    return verifier.verdict();
  }
}
