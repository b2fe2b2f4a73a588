package dev.nameplate.bench;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;

/// `./build bench`: how fast this machine is at what Nameplate does, each figure beside a limit
/// that was measured in the same run. Clients and server share the machine, so ratios say more than
/// rates.
public final class Bench {

  private Bench() {}

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
      new CoreBench(report, Files.createDirectory(folder.resolve("core"))).run();
      new ServerBench(report, Files.createDirectory(folder.resolve("server"))).run();
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
