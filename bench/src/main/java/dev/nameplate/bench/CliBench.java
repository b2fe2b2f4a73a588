package dev.nameplate.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// How long a short command takes, from its start to its end, beside the shortest that a JVM does:
/// `java -version`.
final class CliBench {

  private static final int EACH = Integer.getInteger("bench.calls", 20);

  private final Report report;
  private final Path folder;

  CliBench(Report report, Path folder) {
    this.report = report;
    this.folder = folder;
  }

  void run() throws Exception {
    var nameplate = nameplate().toString();
    var np = folder.resolve("np");
    var _ = Fleet.init(np, Optional.empty());
    report.section(
        "Short commands, %d calls each; load average %.1f"
            .formatted(EACH, ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage()));
    try (var server =
        MeasuredServer.nameplate(
            folder.resolve("server.log"), ServerProcess.NAMEPLATE, np.toString())) {
      report.say("  the server is at " + server.adminUrl());
      var java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
      say("java -version", List.of(java, "-version"), Map.of(), "limit");
      for (var cache : List.of("", "off")) {
        var environment = Map.of("NAMEPLATE_CACHE", cache, "NAMEPLATE_DIR", np.toString());
        var without = cache.isEmpty() ? "" : ", no file of loaded classes";
        say("--help" + without, List.of(nameplate, "--help"), environment, "aim 250 ms");
        say(
            "device list: a call of the admin API" + without,
            List.of(nameplate, "device", "list"),
            environment,
            "aim 600 ms");
      }
    }
  }

  private void say(
      String what, List<String> command, Map<String, String> environment, String beside)
      throws Exception {
    // the first reads its files from the disk
    time(command, environment);
    var latencies = new Latencies();
    for (int i = 0; i < EACH; i++) {
      latencies.add(time(command, environment));
    }
    report.say(
        "  %-60s shortest %4.0f ms, p50 %4.0f ms, p90 %4.0f ms   (%s)"
            .formatted(
                what, latencies.millis(0), latencies.millis(0.5), latencies.millis(0.9), beside));
  }

  private long time(List<String> command, Map<String, String> environment) throws Exception {
    var log = folder.resolve("command.log").toFile();
    var builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log);
    builder.environment().put("NAMEPLATE_JAVA_HOME", System.getProperty("java.home"));
    builder.environment().putAll(environment);
    long start = System.nanoTime();
    int exit = builder.start().waitFor();
    long took = System.nanoTime() - start;
    if (exit != 0) {
      throw new IllegalStateException(
          command + " ended with " + exit + ": " + Files.readString(log.toPath()));
    }
    return took;
  }

  /// The command of the distribution that the build made.
  private static Path nameplate() throws IOException {
    var named = System.getProperty("bench.nameplate");
    if (named != null) {
      return Path.of(named).toAbsolutePath();
    }
    try (var made = Files.newDirectoryStream(Path.of("admin-cli/target"), "nameplate-*")) {
      for (var distribution : made) {
        var command = distribution.resolve("bin/nameplate");
        if (Files.isExecutable(command)) {
          return command.toAbsolutePath();
        }
      }
    }
    throw new IOException("no distribution in admin-cli/target; name one: -Dbench.nameplate=FILE");
  }
}
