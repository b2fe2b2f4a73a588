package dev.nameplate.cli;

import dev.nameplate.server.admin.DecommissionApi;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// What became of the data on a device.
final class WipeOptions {

  @Option(
      names = "--wipe-method",
      paramLabel = "METHOD",
      description =
          "How the data on it was destroyed, in the words of NIST SP 800-88: clear, purge or"
              + " destroy.")
  @Nullable String method;

  @Option(names = "--wipe-tool", paramLabel = "TOOL", description = "With what it was done.")
  @Nullable String tool;

  @Option(names = "--verified-by", paramLabel = "NAME", description = "Who has checked it.")
  @Nullable String verifiedBy;

  @Option(
      names = "--wiped-at",
      paramLabel = "TIME",
      description = "When, as 2026-08-01T10:00:00Z. Default: now.")
  @Nullable Instant at;

  @Option(
      names = "--wipe-serial",
      paramLabel = "SERIAL",
      description = "The serial number of the device or its medium.")
  @Nullable String serial;

  @Option(
      names = "--wipe-report",
      paramLabel = "FILE",
      description = "The report of the tool: its SHA-256 is kept, not the file.")
  @Nullable Path report;

  @Option(
      names = "--waive-wipe",
      paramLabel = "REASON",
      description = "Instead: why nobody has to show that it was wiped.")
  @Nullable String waiver;

  /// What to tell the server, if anything was said.
  ///
  /// @throws CommandFailure if the report cannot be read, or how it was wiped is told, and not that
  Optional<DecommissionApi.Wipe> said() {
    boolean details =
        tool != null || verifiedBy != null || at != null || serial != null || report != null;
    if (details && method == null) {
      throw CommandFailure.of(
          ExitCode.USAGE,
          waiver == null
              ? "how it was wiped is told without --wipe-method: nothing was done"
              : "either it was wiped, or --waive-wipe: nothing was done");
    }
    return method == null && waiver == null
        ? Optional.empty()
        : Optional.of(
            new DecommissionApi.Wipe(
                method,
                tool,
                verifiedBy,
                at,
                serial,
                report == null ? null : sha256(report),
                waiver));
  }

  private static String sha256(Path file) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
    } catch (IOException unreadable) {
      throw CommandFailure.error(file + " cannot be read").because(unreadable);
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException(impossible);
    }
  }
}
