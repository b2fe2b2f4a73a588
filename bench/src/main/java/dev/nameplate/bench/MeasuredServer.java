package dev.nameplate.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A server in a process of its own, so that what it uses can be told from what its clients use.
final class MeasuredServer implements AutoCloseable {

  private final Process process;
  private final List<URI> urls;

  private MeasuredServer(Process process, List<URI> urls) {
    this.process = process;
    this.urls = urls;
  }

  /// @param arguments of [ServerProcess]
  static MeasuredServer start(Path log, String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Dorg.bouncycastle.rsa.max_size=4096",
                "-Dorg.bouncycastle.ec.disable_f2m=true"));
    var recording = System.getProperty("bench.jfr");
    if (recording != null && arguments[0].equals(ServerProcess.NAMEPLATE)) {
      command.add("-XX:StartFlightRecording=settings=profile,filename=" + recording);
    }
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(ServerProcess.class.getName());
    command.addAll(List.of(arguments));
    var process =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    var lines = new BufferedReader(new InputStreamReader(process.getInputStream(), UTF_8));
    for (var line = lines.readLine(); line != null; line = lines.readLine()) {
      if (line.startsWith(ServerProcess.READY)) {
        var urls = new ArrayList<URI>();
        for (var url : line.substring(ServerProcess.READY.length()).split(" ", -1)) {
          urls.add(URI.create(url));
        }
        return new MeasuredServer(process, urls);
      }
    }
    throw new IOException("the server did not start; see " + log);
  }

  URI url() {
    return urls.getFirst();
  }

  URI adminUrl() {
    return urls.getLast();
  }

  /// All that it used until now, in user and in system mode.
  Duration cpu() {
    return process.toHandle().info().totalCpuDuration().orElseThrow();
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      process.waitFor();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
