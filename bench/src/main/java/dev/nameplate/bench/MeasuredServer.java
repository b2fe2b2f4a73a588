package dev.nameplate.bench;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/// A server in a process of its own, so that what it uses can be told from what its clients use.
final class MeasuredServer implements AutoCloseable {

  private final Process process;
  private final List<URI> urls;

  /// Once its input ends.
  private final boolean stopsByItself;

  private MeasuredServer(Process process, List<URI> urls, boolean stopsByItself) {
    this.process = process;
    this.urls = urls;
    this.stopsByItself = stopsByItself;
  }

  /// @param arguments of [ServerProcess]
  static MeasuredServer nameplate(Path log, String... arguments) throws IOException {
    var command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                // or what a compiler thread used would be forgotten with it
                "-XX:-UseDynamicNumberOfCompilerThreads",
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
        return new MeasuredServer(process, urls, true);
      }
    }
    throw new IOException("the server did not start; see " + log);
  }

  /// Somebody else's server, once it takes connections at `url`.
  static MeasuredServer other(Path log, URI url, List<String> command) throws IOException {
    var process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
            .start();
    for (int tries = 0; process.isAlive(); tries++) {
      try (var probe = new Socket(url.getHost(), url.getPort())) {
        // a whole exchange: openssl never gets over a connection that ends without a request
        probe.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(UTF_8));
        probe.getInputStream().readAllBytes();
        return new MeasuredServer(process, List.of(url), false);
      } catch (IOException notYet) {
        if (tries == 500) {
          process.destroy();
          throw notYet;
        }
        LockSupport.parkNanos(Duration.ofMillis(20).toNanos());
      }
    }
    throw new IOException(command.getFirst() + " ended; see " + log);
  }

  /// The first that it said; for Nameplate where EST is.
  URI url() {
    return urls.getFirst();
  }

  URI statusUrl() {
    return urls.get(1);
  }

  URI adminUrl() {
    return urls.getLast();
  }

  /// All that it used until now, in user and in system mode, but for what the JVM's compiler used:
  /// a server that runs for days has that behind it.
  Duration cpu() throws IOException {
    var all = process.toHandle().info().totalCpuDuration().orElseThrow();
    return all.minus(compiling());
  }

  private Duration compiling() throws IOException {
    long ticks = 0;
    try (var threads = Files.newDirectoryStream(Path.of("/proc/" + process.pid() + "/task"))) {
      for (var thread : threads) {
        var stat = Files.readString(thread.resolve("stat"));
        if (stat.contains("(C1 Comp") || stat.contains("(C2 Comp")) {
          var numbers = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
          // utime and stime, fields 14 and 15 of proc(5)
          ticks += Long.parseLong(numbers[11]) + Long.parseLong(numbers[12]);
        }
      }
    } catch (NoSuchFileException ended) {
      return compiling();
    }
    return Duration.ofMillis(ticks * 10);
  }

  @Override
  public void close() throws IOException {
    process.getOutputStream().close();
    try {
      if (!process.waitFor(stopsByItself ? 60 : 0, TimeUnit.SECONDS)) {
        process.destroy();
      }
      process.waitFor();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
