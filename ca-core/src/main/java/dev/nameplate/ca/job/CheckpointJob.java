package dev.nameplate.ca.job;

import dev.nameplate.ca.audit.Checkpoint;
import dev.nameplate.ca.audit.MalformedCheckpointException;
import dev.nameplate.ca.audit.SignedCheckpoint;
import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.store.CheckpointStore;
import dev.nameplate.ca.store.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/// Signs how the audit log stands, when something was written since the last time. A key that is
/// away delays that, and nothing else.
public final class CheckpointJob implements Job {

  /// When a checkpoint is due.
  ///
  /// @param every so soon after the last one, if something was written since
  /// @param rows after so many rows at once
  /// @param atLeast so soon after the last one in any case
  public record Rule(Duration every, long rows, Duration atLeast) {

    public Rule {
      if (!every.isPositive() || rows < 1 || atLeast.compareTo(every) < 0) {
        throw new IllegalArgumentException("a checkpoint every " + every + " or " + rows + " rows");
      }
    }

    boolean isDue(Checkpoint last, long now, Instant at) {
      // a clock that was set back must not keep it waiting for the old time
      var since = Duration.between(last.at(), at).abs();
      return now - last.rows() >= rows
          || (now != last.rows() && since.compareTo(every) >= 0)
          || since.compareTo(atLeast) >= 0;
    }
  }

  private final CheckpointStore checkpoints;
  private final Supplier<CertifiedKey> signer;
  private final String node;
  private final Rule rule;
  private final BooleanSupplier held;

  /// @param signer throws [dev.nameplate.ca.signing.SigningException] while there is none
  /// @param held while this is so none is made: it is not known whether the database is the latest
  public CheckpointJob(
      CheckpointStore checkpoints,
      Supplier<CertifiedKey> signer,
      String node,
      Rule rule,
      BooleanSupplier held) {
    this.checkpoints = checkpoints;
    this.signer = signer;
    this.node = node;
    this.rule = rule;
    this.held = held;
  }

  @Override
  public String name() {
    return "audit-checkpoint";
  }

  @Override
  public String run(Instant now) {
    if (held.getAsBoolean()) {
      return "no checkpoint while the database is in quarantine";
    }
    var last = last();
    var state = checkpoints.logState();
    if (last.isPresent() && !rule.isDue(last.get().checkpoint(), state.rows(), now)) {
      return "nothing to sign";
    }
    return words(sign(state, last, Optional.empty(), now));
  }

  /// Makes one in any case, if something was written since the last one.
  public String finish(Instant now) {
    var last = last();
    var state = checkpoints.logState();
    return held.getAsBoolean()
            || last.filter(of -> of.checkpoint().rows() == state.rows()).isPresent()
        ? "nothing to sign"
        : words(sign(state, last, Optional.empty(), now));
  }

  /// One that was made at `moment` or later: the last one, or else a new one. All rows that were
  /// there at `moment` are under it.
  ///
  /// @throws dev.nameplate.ca.signing.SigningException if a new one is needed, and the key is away
  /// @throws StoreException while the database is in quarantine
  public SignedCheckpoint notBefore(Instant moment, Instant now) {
    if (held.getAsBoolean()) {
      throw new StoreException("no checkpoint is made while the database is in quarantine");
    }
    while (true) {
      var last = last();
      if (last.filter(of -> !of.checkpoint().at().isBefore(moment)).isPresent()) {
        return last.get();
      }
      var made = sign(checkpoints.logState(), last, Optional.empty(), now);
      if (made.isPresent()) {
        return made.get();
      }
    }
  }

  /// Goes on after checkpoints that the database lost, which was accepted.
  ///
  /// @param before the last one of them, as it was kept elsewhere
  /// @return whether it was made; not if another node was faster
  public boolean goOn(SignedCheckpoint before, Instant now) {
    var last = last();
    long there = last.map(of -> of.checkpoint().number()).orElse(0L);
    var lost = new Checkpoint.Lost(there + 1, before.checkpoint().number());
    return sign(checkpoints.logState(), last, Optional.of(new Gap(lost, before)), now).isPresent();
  }

  private record Gap(Checkpoint.Lost lost, SignedCheckpoint before) {}

  private static String words(Optional<SignedCheckpoint> made) {
    return made.map(of -> "checkpoint " + of.checkpoint().number())
        .orElse("another node was faster");
  }

  /// Empty if another node was faster.
  private Optional<SignedCheckpoint> sign(
      CheckpointStore.LogState state,
      Optional<SignedCheckpoint> last,
      Optional<Gap> gap,
      Instant now) {
    var previous = gap.map(Gap::before).or(() -> last);
    var checkpoint =
        new Checkpoint(
            previous.map(of -> of.checkpoint().number()).orElse(0L) + 1,
            node,
            now,
            state.rows(),
            previous.map(of -> new Checkpoint.Previous(of.checkpoint().number(), of.sha256())),
            state.open(),
            state.crls(),
            gap.map(Gap::lost));
    var signed = SignedCheckpoint.sign(checkpoint, signer.get());
    boolean first =
        checkpoints.addCheckpoint(
            new CheckpointStore.Stored(checkpoint.number(), checkpoint.at(), node, signed.jws()),
            last.map(of -> of.checkpoint().number()).orElse(0L));
    return first ? Optional.of(signed) : Optional.empty();
  }

  private Optional<SignedCheckpoint> last() {
    var stored = checkpoints.latestCheckpoint();
    if (stored.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(SignedCheckpoint.parse(stored.get().jws()));
    } catch (MalformedCheckpointException changed) {
      throw new StoreException(
          "checkpoint " + stored.get().number() + " was changed: " + changed.getMessage(), changed);
    }
  }
}
