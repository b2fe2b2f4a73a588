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

  /// @param args the parts to run: `est`, `core`, `ocsp`; all of these without any. `growth` fills
  ///   databases with a million certificates; after it may come another number
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
      var parts = args.length == 0 ? List.of("est", "core", "ocsp") : List.of(args);
      if (parts.contains("est")) {
        new EstBench(report, Files.createDirectory(folder.resolve("est"))).run();
      }
      if (parts.contains("core")) {
        new CoreBench(report, Files.createDirectory(folder.resolve("core"))).run();
      }
      if (parts.contains("ocsp")) {
        new ServerBench(report, Files.createDirectory(folder.resolve("server"))).run();
      }
      int growth = parts.indexOf("growth");
      if (growth >= 0) {
        int largest =
            growth + 1 < parts.size() ? Integer.parseInt(parts.get(growth + 1)) : 1_000_000;
        new StatusGrowthBench(report, Files.createDirectory(folder.resolve("growth")), largest)
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
