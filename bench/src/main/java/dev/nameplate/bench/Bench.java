package dev.nameplate.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/// `./build bench`: how fast this machine is at what Nameplate does, each figure beside a limit
/// that was measured in the same run. Clients and server share the machine, so ratios say more than
/// rates.
public final class Bench {

  private Bench() {}

  private static final List<String> PARTS =
      List.of("est", "est-postgresql", "core", "ocsp", "crl", "revoke", "hsm");

  /// These take long, or much room on the disk: they run only when they are asked for.
  private static final List<String> LONG_PARTS = List.of("growth", "growth-10m", "audit");

  /// @param args the parts to run, of [#PARTS] and [#LONG_PARTS]; without any, all of the former
  public static void main(String[] args) throws Exception {
    var report = new Report(System.out);
    report.say(
        "Nameplate bench: "
            + Runtime.getRuntime().availableProcessors()
            + " processors, Java "
            + Runtime.version()
            + ", clients and server on the same machine");
    var folder = Files.createTempDirectory("nameplate-bench");
    try {
      var parts = args.length == 0 ? PARTS : List.of(args);
      if (!Stream.concat(PARTS.stream(), LONG_PARTS.stream()).toList().containsAll(parts)) {
        throw new IllegalArgumentException(
            "the parts of the bench are " + PARTS + " and " + LONG_PARTS);
      }
      if (parts.contains("est")) {
        EstBench.onH2(report, Files.createDirectory(folder.resolve("est"))).run();
      }
      if (parts.contains("est-postgresql")) {
        EstBench.onPostgresql(report, Files.createDirectory(folder.resolve("postgresql"))).run();
      }
      if (parts.contains("core")) {
        new CoreBench(report, Files.createDirectory(folder.resolve("core"))).run();
      }
      if (parts.contains("ocsp")) {
        new OcspBench(report, Files.createDirectory(folder.resolve("ocsp"))).run();
      }
      if (parts.contains("crl")) {
        new CrlBench(report, Files.createDirectory(folder.resolve("crl"))).run();
      }
      if (parts.contains("revoke")) {
        new RevokeBench(report, Files.createDirectory(folder.resolve("revoke"))).run();
      }
      if (parts.contains("hsm")) {
        new HsmBench(report, Files.createDirectory(folder.resolve("hsm"))).run();
      }
      if (parts.contains("audit")) {
        new AuditBench(report, Files.createDirectory(folder.resolve("audit"))).run();
      }
      if (parts.contains("growth")) {
        new StatusGrowthBench(report, Files.createDirectory(folder.resolve("growth")), 1_000_000)
            .run();
      }
      if (parts.contains("growth-10m")) {
        new StatusGrowthBench(report, Files.createDirectory(folder.resolve("10m")), 10_000_000)
            .run();
      }
    } finally {
      delete(folder);
    }
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.walk(folder)) {
      files
          .sorted(Comparator.reverseOrder())
          .forEach(file -> {
            try {
              Files.delete(file);
            } catch (IOException notMine) {
              throw new UncheckedIOException(notMine);
            }
          });
    }
  }
}
