package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.Initialization;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Tag("B12")
class JsonLogTest {

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  @ParameterizedTest
  @ValueSource(
      strings = {
        "two\nlines",
        "carriage\r\nreturn",
        "\u001b[2J\u009b2J",
        "\u202egnp.exe",
        "\u2028\u2029\u0085\u000b\u000c",
        "\",\"level\":\"ERROR",
        "\\",
        "a lone \ud800 half",
        "\u0000\u007f",
        "ünï©ödé 😀"
      })
  void whateverSomebodySentIsOneLineOfPrintableAscii(String hostile) throws Exception {
    var line = encoded(hostile, new IllegalStateException(hostile));

    assertThat(line).endsWith("\n");
    assertThat(line.strip().chars()).allMatch(c -> c >= 0x20 && c < 0x7f);
    var object = JSON.readTree(line);
    assertThat(object.get("message").asText()).isEqualTo(hostile);
    assertThat(object.get("exception").asText())
        .startsWith("java.lang.IllegalStateException: " + hostile);
    assertThat(object.properties()).hasSize(6);
  }

  @Test
  void aLineSaysWhenHowBadWhereAndForWhichRequest() throws Exception {
    var object = JSON.readTree(encoded("said {}", null));

    assertThat(Instant.parse(object.get("time").asText()))
        .isEqualTo(Instant.parse("2026-11-24T01:02:03.456Z"));
    assertThat(object.get("level").asText()).isEqualTo("WARN");
    assertThat(object.get("logger").asText()).isEqualTo("test");
    assertThat(object.get("request_id").asText()).isEqualTo("00112233");
    assertThat(object.has("exception")).isFalse();
  }

  @Test
  void whatIsEndlessIsCut() throws Exception {
    assertThat(JSON.readTree(encoded("x".repeat(1_000_000), null)).get("message").asText())
        .hasSizeLessThan(40_000)
        .endsWith(" [shortened]");
  }

  @Test
  void everyLineOfABusyServerIsAnObject(@TempDir Path folder) throws Exception {
    var log = folder.resolve("log");
    var dir = RunningServer.freshFolder();
    Initialization.run(InitOptions.onFreePorts(dir, "Acme Devices"), _ -> {});
    var settings = dir.resolve(SettingsFile.NAME);
    Files.writeString(settings, Files.readString(settings) + "\nlog: {format: json}\n");
    var process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "--sun-misc-unsafe-memory-access=allow",
                "-Dlogback.configurationFile=logback.xml",
                "-Xmx256m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                JsonLogTest.class.getName(),
                dir.toString())
            .redirectError(log.toFile())
            .start();
    try (var says = process.inputReader(UTF_8)) {
      var status = URI.create(says.readLine());
      var metrics = URI.create(says.readLine());
      for (int i = 0; i < 50; i++) {
        for (var at : List.of(status, metrics)) {
          ask(at, "GET /%0a%0d%1b[2J HTTP/1.1\r\nHost: \"\\x\u001b\r\nConnection: close\r\n\r\n");
          ask(at, "GET /crl/x HTTP/1.1\r\nHost: x\r\nX: \u00ff\u0001\r\nConnection: close\r\n\r\n");
          ask(at, "\u0016\u0003\u0001\r\n\r\n");
          ask(at, "POST /ocsp HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n\u001b[A");
        }
      }
    } finally {
      process.outputWriter(UTF_8).close();
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    }

    var objects = new ArrayList<JsonNode>();
    for (var line : Files.readAllLines(log, UTF_8)) {
      objects.add(JSON.readTree(line));
    }
    assertThat(objects)
        .hasSizeGreaterThan(3)
        .allMatch(object -> object.has("time") && object.has("level") && object.has("message"));
  }

  /// What the other process does: it serves this folder, and ends with its input.
  public static void main(String[] arguments) throws Exception {
    try (var nameplate = Nameplate.start(Path.of(arguments[0]))) {
      System.out.println(nameplate.statusUrl());
      System.out.println(nameplate.metricsUrl());
      while (System.in.read() >= 0) {
        // until nobody writes any more
      }
    }
  }

  private static void ask(URI at, String request) {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress(at.getHost(), at.getPort()), 5_000);
      socket.setSoTimeout(5_000);
      socket.getOutputStream().write(request.getBytes(ISO_8859_1));
      socket.shutdownOutput();
      assertThat(socket.getInputStream().readAllBytes()).isNotNull();
    } catch (IOException hungUp) {
      // which is an answer, too
      assertThat(hungUp).isNotNull();
    }
  }

  private static String encoded(String message, @Nullable Throwable thrown) {
    var event =
        new LoggingEvent(
            "", new LoggerContext().getLogger("test"), Level.WARN, message, thrown, null);
    event.setInstant(Instant.parse("2026-11-24T01:02:03.456Z"));
    event.setMDCPropertyMap(Map.of(RequestId.KEY, "00112233"));
    return new String(new JsonLog().encode(event), UTF_8);
  }
}
