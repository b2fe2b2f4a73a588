package dev.nameplate.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/// `./build bench`: how fast this machine is at what Nameplate does, each figure beside a limit
/// that was measured in the same run. Clients and server share the machine, so ratios say more than
/// rates.
public final class Bench {

  private Bench() {}

  private static final List<String> PARTS = List.of("est", "est-postgresql", "core", "ocsp");
  private static final String GROWTH = "growth";

  /// @param args the parts to run: of [#PARTS], which are all without any, and `growth`, which
  ///   fills databases with a million certificates, or `-Dbench.growth`
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
      if (!parts.stream().allMatch(part -> PARTS.contains(part) || part.equals(GROWTH))) {
        throw new IllegalArgumentException("the parts of the bench are " + PARTS + ", " + GROWTH);
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
      if (parts.contains(GROWTH)) {
        new StatusGrowthBench(report, Files.createDirectory(folder.resolve(GROWTH))).run();
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
