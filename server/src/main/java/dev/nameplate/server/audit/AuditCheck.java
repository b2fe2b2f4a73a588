package dev.nameplate.server.audit;

import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditProof;
import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.audit.AuditVerifier;
import dev.nameplate.ca.store.CheckpointStore;
import dev.nameplate.ca.x509.Certificate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/// Checks a whole audit log: the rows, the checkpoints over them, and those that were exported.
public final class AuditCheck {

  private static final int AT_ONCE = 1000;

  /// @param checkpoints how many of them the database has
  /// @param provenUntil the time of the last one
  /// @param restores how often it was accepted that the database had been put back
  public record Findings(
      AuditVerdict verdict, long checkpoints, Optional<Instant> provenUntil, int restores) {

    static Findings of(AuditProof proof, AuditVerifier verifier) {
      return new Findings(
          verifier.verdict(), proof.checkpoints(), proof.provenUntil(), proof.restores());
    }
  }

  private AuditCheck() {}

  /// Of a database.
  ///
  /// @param roots below which the signers of checkpoints have to be
  /// @param exported the files with exported checkpoints; those that are not there are left out
  /// @throws IOException if a file cannot be read
  public static Findings run(
      AuditLog audit,
      CheckpointStore checkpoints,
      Collection<Certificate> roots,
      List<Path> exported)
      throws IOException {
    var proof = new AuditProof(roots);
    long last = 0;
    List<CheckpointStore.Stored> page;
    do {
      page = checkpoints.checkpointsAfter(last, AT_ONCE);
      page.forEach(each -> proof.checkpoint(each.number(), each.jws()));
      last = page.isEmpty() ? last : page.getLast().number();
    } while (page.size() == AT_ONCE);
    for (var file : exported) {
      if (Files.exists(file)) {
        CheckpointFile.read(file, proof::exported);
      }
    }
    checkpoints.logState().ends().forEach(proof::end);
    var verifier = new AuditVerifier(proof);
    audit.rows(verifier::next);
    checkpoints.logState().ends().forEach(verifier::end);
    return Findings.of(proof, verifier);
  }
}
