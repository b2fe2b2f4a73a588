package dev.nameplate.server.admin;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the admin API says of the proof of the audit log, and of a database that was put back.
public final class CheckpointApi {

  private CheckpointApi() {}

  /// `POST /database/accept-restore`.
  ///
  /// @param reason why the database is the right one
  public record AcceptRestore(@Nullable String reason) {}

  /// What was accepted.
  ///
  /// @param why what had been found
  /// @param lostFrom the first checkpoint that the database lost; 0 if none is known to be lost
  /// @param inDoubt devices that may have been retired since, and could not be suspended: look at
  ///   each; 1,000 at most, all are in the audit log (`RestoredInDoubt`)
  public record AcceptedRestore(
      Instant since, String node, String why, long lostFrom, long lostTo, List<String> inDoubt) {

    public AcceptedRestore {
      inDoubt = List.copyOf(inDoubt);
    }
  }
}
