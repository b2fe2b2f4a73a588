package dev.nameplate.server;

import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.NodeInitialization;
import dev.nameplate.server.setup.NodeOptions;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/// A status node in a process of its own: SoftHSM knows one folder of tokens in each process. Its
/// folder is made at the first start.
final class NodeProcess implements AutoCloseable {

  private final Process process;
  private final BufferedReader says;
  private final BufferedWriter hears;
  private final URI statusUrl;
  private final URI metricsUrl;

  private NodeProcess(Process process, BufferedReader says) throws IOException {
    this.process = process;
    this.says = says;
    this.hears = process.outputWriter(StandardCharsets.UTF_8);
    this.statusUrl = URI.create(line());
    this.metricsUrl = URI.create(line());
  }

  /// @param ahead of the time that it is
  static NodeProcess start(NodeOptions options, Duration ahead) throws IOException {
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                NodeProcess.class.getName(),
                options.dir().toString(),
                options.identity().toString(),
                options.trust().toString(),
                options.adminUrl().toString(),
                options.estUrl().toString(),
                options.publicUrl().toString(),
                options.database().url(),
                options.database().user(),
                options.database().passwordFile().toString(),
                ahead.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new NodeProcess(
        process,
        new BufferedReader(
            new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8)));
  }

  URI statusUrl() {
    return statusUrl;
  }

  URI metricsUrl() {
    return metricsUrl;
  }

  /// Lets its clock go on by this much.
  void advance(Duration by) throws IOException {
    hears.write(by + "\n");
    hears.flush();
    line();
  }

  @Override
  public void close() throws IOException {
    hears.close();
    try {
      if (!process.waitFor(30, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException _) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private String line() throws IOException {
    var line = says.readLine();
    if (line == null) {
      throw new IOException("the node ended; it says why above");
    }
    return line;
  }

  /// What runs in the process: ends with its input.
  public static void main(String[] args) throws Exception {
    // what is logged must not come between
    var answers = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    System.setOut(System.err);
    var dir = Path.of(args[0]);
    if (!Files.exists(dir)) {
      NodeInitialization.run(options(List.of(args)));
    }
    var ahead = new AtomicReference<>(Duration.parse(args[9]));
    var system = InstantSource.system();
    try (var node = Nameplate.start(dir, () -> system.instant().plus(ahead.get()));
        var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      answers.println(node.statusUrl());
      answers.println(node.metricsUrl());
      for (var line = Optional.ofNullable(in.readLine());
          line.isPresent();
          line = Optional.ofNullable(in.readLine())) {
        var by = Duration.parse(line.get());
        ahead.updateAndGet(before -> before.plus(by));
        answers.println("done");
      }
    }
  }

  private static NodeOptions options(List<String> args) {
    return new NodeOptions(
        Path.of(args.get(0)),
        Path.of(args.get(1)),
        Path.of(args.get(2)),
        URI.create(args.get(3)),
        URI.create(args.get(4)),
        URI.create(args.get(5)),
        new InitOptions.Postgresql(args.get(6), args.get(7), Path.of(args.get(8))),
        "127.0.0.1",
        0,
        0);
  }
}
