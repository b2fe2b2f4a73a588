package dev.nameplate.server.audit;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditQuery;
import dev.nameplate.ca.job.CheckpointJob;
import dev.nameplate.ca.store.CheckpointStore;
import dev.nameplate.ca.store.QuarantineStore;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// What an operator does with the audit log as a whole: checks it, takes it along, and accepts that
/// the database was put back.
public final class AuditDesk {

  /// What it works on.
  ///
  /// @param roots below which the signers of checkpoints have to be
  public record Parts(
      AuditLog audit,
      CheckpointStore checkpoints,
      QuarantineStore quarantines,
      Quarantine quarantine,
      CheckpointJob job,
      CheckpointExport export,
      CheckpointFile file,
      Supplier<Collection<Certificate>> roots,
      String node,
      InstantSource clock) {}

  /// A restore that was accepted.
  ///
  /// @param inDoubt the devices, 1,000 at most, that could not be suspended although a certificate
  ///   of theirs was revoked in what was lost
  public record Accepted(QuarantineStore.Quarantine quarantine, List<String> inDoubt) {

    public Accepted {
      inDoubt = List.copyOf(inDoubt);
    }
  }

  private static final int MOST_NAMES = 1000;
  private static final Logger LOG = LoggerFactory.getLogger(AuditDesk.class);

  private final Parts parts;

  public AuditDesk(Parts parts) {
    this.parts = parts;
  }

  /// @throws StoreException if the database or the file of checkpoints cannot be read
  public AuditCheck.Findings verify() {
    try {
      return AuditCheck.run(
          parts.audit(), parts.checkpoints(), parts.roots().get(), List.of(parts.file().path()));
    } catch (IOException unreadable) {
      throw new StoreException("exported checkpoints: " + unreadable.getMessage(), unreadable);
    }
  }

  public void export(OutputStream to) throws IOException {
    AuditArchive.write(
        to, parts.audit(), parts.checkpoints(), parts.node(), parts.clock().instant());
  }

  /// Why nothing is issued, if that is so.
  public Optional<String> heldBecause() {
    return parts.quarantine().reason();
  }

  /// Ends the quarantine: the database goes on from where it is. First a checkpoint is signed that
  /// names what was lost; if that cannot be, nothing is accepted.
  ///
  /// @return what was accepted; empty if there is no quarantine
  /// @throws StoreException if what was lost is known on another node only, or another node made a
  ///   checkpoint meanwhile
  public synchronized Optional<Accepted> acceptRestore(String by, String reason) {
    var open = parts.quarantines().quarantine();
    if (open.isEmpty()) {
      return Optional.empty();
    }
    var now = parts.clock().instant();
    try {
      long latest =
          parts.checkpoints().latestCheckpoint().map(CheckpointStore.Stored::number).orElse(0L);
      if (open.get().lostTo() > latest) {
        var last = parts.file().last();
        if (last.filter(of -> of.checkpoint().number() == open.get().lostTo()).isEmpty()) {
          throw new StoreException(
              "checkpoint "
                  + open.get().lostTo()
                  + " is in the file of another node: accept the restore on node "
                  + open.get().node());
        }
        if (!parts.job().goOn(last.get(), now)) {
          throw new StoreException(
              "another node made a checkpoint meanwhile, and nothing is accepted: try again");
        }
      } else if (open.get().lostTo() == 0 && open.get().node().equals(parts.node())) {
        setAsideIfAnother();
      }
    } catch (IOException failed) {
      throw new UncheckedIOException(failed);
    }
    var _ =
        parts
            .quarantines()
            .end(
                now,
                new AuditEvent.RestoreAccepted(
                    parts.node(), open.get().lostFrom(), open.get().lostTo(), reason, by));
    var _ = parts.quarantine().run(now);
    try {
      var _ = parts.export().run(now);
    } catch (UncheckedIOException later) {
      LOG.warn("the checkpoint is exported later", later);
    }
    return Optional.of(new Accepted(open.get(), inDoubt(open.get())));
  }

  private List<String> inDoubt(QuarantineStore.Quarantine ended) {
    return parts
        .audit()
        .newest(
            new AuditQuery(
                Optional.empty(),
                Optional.of("RestoredInDoubt"),
                Optional.of(ended.since()),
                Optional.empty(),
                Optional.empty(),
                MOST_NAMES))
        .stream()
        .flatMap(row -> row.subject().stream())
        .distinct()
        .sorted()
        .toList();
  }

  /// A file of another history proves nothing about this one.
  private void setAsideIfAnother() throws IOException {
    var last = parts.file().last();
    if (last.isPresent()) {
      var ours = parts.checkpoints().checkpointsAfter(last.get().checkpoint().number() - 1, 1);
      if (ours.isEmpty() || !ours.getFirst().jws().equals(last.get().jws())) {
        parts.file().putAside(parts.clock().instant());
        parts.export().forget();
      }
    }
  }
}
