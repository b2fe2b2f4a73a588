package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.RunningServer.Identity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.Test;

/// The recipe of `docs/recipes/mosquitto`, tried with the broker itself.
class MosquittoTest {

  private static final Path RECIPE = Path.of("..", "docs", "recipes", "mosquitto");

  // Debian keeps it where only root looks for programs
  private static final String PROGRAM =
      Files.isExecutable(Path.of("/usr/sbin/mosquitto")) ? "/usr/sbin/mosquitto" : "mosquitto";

  private static final Tool GCC =
      new Tool(
          "gcc", "gcc libc6-dev mosquitto-dev libmosquitto-dev libcurl4-openssl-dev libssl-dev");
  private static final Tool PUBLISH = new Tool("mosquitto_pub", "mosquitto-clients");

  @Test
  void aDeviceIsLetInAndARetiredOneIsNotAndLosesItsConnection() throws Exception {
    try (var server = RunningServer.start(settings -> settings + "connect:\n  ttl: 1s\n")) {
      var folder = Files.createDirectories(server.dir.resolveSibling("mosquitto"));
      var pump = keep(folder, "pump-1", server.enrolled("pump-1"));
      var other = keep(folder, "pump-2", server.enrolled("pump-2"));
      compile(folder);
      int port = freePort();
      configure(server, folder, port);
      var broker = start(folder);
      try {
        awaitBroker(broker, port);
        assertThat(publish(pump, port, "devices/pump-1/temperature").exit()).isZero();
        // its user name is its id, whatever it says itself: the acl_file sees to the rest
        var listener = subscribe(pump, port);
        try {
          Awaitility.await()
              .atMost(Duration.ofSeconds(20))
              .until(() -> log(folder).contains("Sending SUBACK to pump-1-listener"));
          assertThat(publish(other, port, "devices/pump-2/temperature").exit()).isZero();

          var retired =
              server.post("/devices/pump-1/retire", "{\"reason\":\"cessationOfOperation\"}");
          assertThat(retired.status()).as(retired.body().toString()).isEqualTo(200);

          var refused = publish(pump, port, "devices/pump-1/temperature");
          assertThat(refused.exit()).as(refused.output()).isNotZero();
          assertThat(refused.output()).containsIgnoringCase("not authori");
          Awaitility.await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> log(folder).contains("nameplate: pump-1-listener is disconnected"));
          assertThat(publish(other, port, "devices/pump-2/temperature").exit()).isZero();
        } finally {
          end(listener);
        }

        server.nameplate.close();
        assertThat(publish(other, port, "devices/pump-2/temperature").exit())
            .as("with nobody to ask")
            .isNotZero();
      } finally {
        end(broker);
      }
    }
  }

  private static void compile(Path folder) {
    var source = RECIPE.resolve("nameplate.c").toAbsolutePath().toString();
    var _ =
        GCC.run(
                folder,
                "-std=c11",
                "-O2",
                "-Wall",
                "-Wextra",
                "-Werror",
                "-shared",
                "-fPIC",
                "-o",
                "nameplate.so",
                source,
                "-lcurl",
                "-lcrypto")
            .ok();
  }

  /// The recipe's own configuration, with the paths of this test.
  private static void configure(RunningServer server, Path folder, int port) throws IOException {
    copy(RECIPE.resolve("acl"), folder.resolve("acl"));
    copy(server.dir.resolve("tls/server.pem"), folder.resolve("broker.pem"));
    copy(server.dir.resolve("tls/server.key"), folder.resolve("broker.key"));
    copy(server.made.adminCertificate(), folder.resolve("gateway.pem"));
    copy(server.made.adminKey(), folder.resolve("gateway.key"));
    copy(server.made.trust(), folder.resolve("trust.pem"));
    copy(server.made.trust(), folder.resolve("devices.pem"));
    var conf =
        Files.readString(RECIPE.resolve("mosquitto.conf"))
            .replace("listener 8883", "listener " + port + " 127.0.0.1")
            .replace("https://ca.example:8444/api/v1", server.nameplate.adminUrl() + "/api/v1")
            .replace("/etc/mosquitto/", folder + "/");
    Files.writeString(
        folder.resolve("mosquitto.conf"),
        conf
            + "user "
            + System.getProperty("user.name")
            + "\nlog_type all\nlog_dest file "
            + folder.resolve("broker.log")
            + "\n");
  }

  private static void copy(Path from, Path to) throws IOException {
    var _ = Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
  }

  /// A device's folder, as the clients of Mosquitto want it.
  private static Path keep(Path folder, String name, Identity identity) throws Exception {
    var own = Files.createDirectories(folder.resolve(name));
    Files.writeString(own.resolve("cert.pem"), Pem.encode(identity.chain()));
    Files.writeString(
        own.resolve("key.pem"),
        Pem.encode("PRIVATE KEY", identity.key().privateKey().getEncoded()));
    return own;
  }

  private static Tool.Result publish(Path device, int port, String topic) {
    return PUBLISH.run(
        device,
        "-h",
        "localhost",
        "-p",
        Integer.toString(port),
        "--cafile",
        "../trust.pem",
        "--cert",
        "cert.pem",
        "--key",
        "key.pem",
        "-V",
        "5",
        "-q",
        "1",
        "-t",
        topic,
        "-m",
        "21");
  }

  private static Process subscribe(Path device, int port) throws IOException {
    return started(
        new ProcessBuilder(
                "mosquitto_sub",
                "-i",
                "pump-1-listener",
                "-h",
                "localhost",
                "-p",
                Integer.toString(port),
                "--cafile",
                "../trust.pem",
                "--cert",
                "cert.pem",
                "--key",
                "key.pem",
                "-t",
                "devices/pump-1/#")
            .directory(device.toFile())
            .redirectErrorStream(true)
            .redirectOutput(device.resolve("sub.log").toFile()),
        "mosquitto_sub",
        "mosquitto-clients");
  }

  private static Process start(Path folder) {
    return started(
        new ProcessBuilder(PROGRAM, "-c", "mosquitto.conf")
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("broker.out").toFile()),
        "mosquitto",
        "mosquitto");
  }

  private static Process started(ProcessBuilder builder, String name, String packages) {
    try {
      return builder.start();
    } catch (IOException missing) {
      throw new AssertionError(
          name + " cannot be started; is it installed? apt-get install " + packages, missing);
    }
  }

  private static void awaitBroker(Process broker, int port) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(20))
        .until(() -> {
          assertThat(broker.isAlive()).as("the broker").isTrue();
          try (var socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
            return socket.isConnected();
          } catch (IOException notYet) {
            return false;
          }
        });
  }

  private static String log(Path folder) throws IOException {
    return Files.readString(folder.resolve("broker.log"));
  }

  private static void end(Process process) throws InterruptedException {
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
