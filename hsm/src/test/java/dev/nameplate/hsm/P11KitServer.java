package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/// `p11-kit server`, which keeps a library in a process of its own for each client: a process that
/// can be killed or stopped, as a real device can be lost or hang.
final class P11KitServer implements AutoCloseable {

  private final Path socket;
  private final Path library;
  private final HsmSettings behind;
  private final List<String> wrapper;
  private Process server;

  private P11KitServer(Path socket, HsmSettings behind, List<String> wrapper) throws IOException {
    this.socket = socket;
    this.wrapper = wrapper;
    // Each copy is a library of its own, which remembers its server from when it was loaded.
    this.library = Files.copy(installed(), TestTokens.newFolder().resolve("p11-kit-client.so"));
    this.behind = behind;
    this.server = started();
  }

  /// @param behind the token, which the server opens in the process of the library
  static P11KitServer start(HsmSettings behind) throws IOException {
    return start(behind, List.of());
  }

  /// The same.
  ///
  /// @param wrapper a command that makes ready what is needed, and runs the rest of its arguments
  static P11KitServer start(HsmSettings behind, List<String> wrapper) throws IOException {
    // Not below target: the name of a socket has 107 bytes at most.
    var socket = Files.createTempDirectory("nameplate").resolve("p11");
    return new P11KitServer(socket, behind, wrapper);
  }

  /// The same token, seen through the server.
  HsmSettings client() {
    var environment = new HashMap<String, String>(behind.environment());
    environment.put("P11_KIT_SERVER_ADDRESS", "unix:path=" + socket);
    return new HsmSettings(
        library,
        behind.token(),
        behind.pin(),
        1, // p11-kit-client.so deadlocks when several callers lose their server at once
        64,
        behind.deadline(),
        Map.copyOf(environment));
  }

  /// The processes with the library, one for each client.
  List<ProcessHandle> remotes() {
    return server.descendants().toList();
  }

  void killRemotes() {
    remotes().forEach(ProcessHandle::destroyForcibly);
  }

  void signal(String name) throws IOException, InterruptedException {
    for (var remote : remotes()) {
      var kill = new ProcessBuilder("kill", "-" + name, String.valueOf(remote.pid())).start();
      assertThat(kill.waitFor()).isZero();
    }
  }

  void stop() throws InterruptedException {
    killRemotes();
    server.destroyForcibly().waitFor();
  }

  void restart() throws IOException {
    Files.deleteIfExists(socket);
    server = started();
  }

  @Override
  public void close() throws IOException {
    killRemotes();
    server.destroyForcibly();
    Files.deleteIfExists(socket);
    Files.deleteIfExists(socket.resolveSibling(""));
  }

  private Process started() throws IOException {
    var command = new ArrayList<>(wrapper);
    command.addAll(
        List.of(
            "p11-kit",
            "server",
            "--foreground",
            "--name",
            socket.toString(),
            "--provider",
            behind.module().toString(),
            "pkcs11:"));
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(behind.environment());
    var output = library.resolveSibling("p11-kit.log").toFile();
    builder.redirectErrorStream(true).redirectOutput(output);
    Process process;
    try {
      process = builder.start();
    } catch (IOException missing) {
      throw new AssertionError("p11-kit is needed: apt-get install p11-kit", missing);
    }
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(socket).as(Files.readString(output.toPath())).exists());
    return process;
  }

  private static Path installed() throws IOException {
    try (var found = Files.newDirectoryStream(Path.of("/usr/lib"), "*-linux-gnu")) {
      for (var architecture : found) {
        var library = architecture.resolve("pkcs11/p11-kit-client.so");
        if (Files.exists(library)) {
          return library;
        }
      }
    }
    throw new AssertionError("p11-kit-client.so is needed: apt-get install p11-kit-modules");
  }
}
