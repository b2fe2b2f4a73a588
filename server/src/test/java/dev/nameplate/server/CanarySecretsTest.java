package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/// Every secret of a server that was set up, used and misused is looked for wherever it has no
/// business: plain, in hex, in base64, and backwards.
@Tag("A15")
@Tag("G16")
class CanarySecretsTest {

  /// Where something was written, and what.
  private final Map<String, String> written = new LinkedHashMap<>();

  /// By what they are for.
  private final Map<String, String> secrets = new LinkedHashMap<>();

  @Test
  void noSecretIsWhereItDoesNotBelong() throws Exception {
    var heard = new ListAppender<ILoggingEvent>();
    heard.start();
    var ours = (Logger) LoggerFactory.getLogger("dev.nameplate");
    var access = (Logger) LoggerFactory.getLogger("access");
    var before = ours.getLevel();
    ours.setLevel(Level.TRACE);
    ours.addAppender(heard);
    access.addAppender(heard);
    Path dir;
    try (var server = RunningServer.start()) {
      dir = server.dir;
      use(server);
      written.put("audit", server.get("/audit?limit=1000").body().toString());
      written.put("metrics", server.monitoring("/metrics"));
      written.put("command lines", commandLines());
      written.put("environment", System.getenv().toString());
    } finally {
      ours.detachAppender(heard);
      access.detachAppender(heard);
      ours.setLevel(before);
    }
    written.put(
        "log",
        List.copyOf(heard.list).stream()
            .map(event -> event.getFormattedMessage() + " " + event.getThrowableProxy())
            .collect(Collectors.joining("\n")));
    files(dir.resolve("data"));
    files(dir.resolve("evidence"));
    for (var settings : List.of("nameplate.yaml", "context.yaml", "trust.pem")) {
      written.put(settings, Files.readString(dir.resolve(settings)));
    }
    keep(dir);

    assertThat(secrets).hasSizeGreaterThan(8);
    assertThat(written.get("log")).contains("simpleenroll 401").contains("simpleenroll 200");
    assertThat(written).containsKey("nameplate.mv.db");
    for (var secret : secrets.entrySet()) {
      for (var form : forms(secret.getValue())) {
        for (var place : written.entrySet()) {
          assertThat(place.getValue().contains(form))
              .as("%s in: %s", secret.getKey(), place.getKey())
              .isFalse();
        }
      }
    }
  }

  private void use(RunningServer server) throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var right = server.register("canary");
    secrets.put("the secret of a device", right);
    secrets.put("a secret that nobody used", server.register("canary-2"));
    var wrong = List.of("wrong-canary-0123456789", "wrong-canary-\u00e9\u20ac-0123456789");
    for (int i = 0; i < wrong.size(); i++) {
      secrets.put("guess " + i, wrong.get(i));
      var refused = server.enroll(Optional.empty(), "canary", Optional.of(wrong.get(i)), key);
      assertThat(refused.statusCode()).isEqualTo(401);
      written.put("answer to guess " + i, refused.headers().map() + refused.body());
    }
    var mistaken = server.enroll(Optional.empty(), "canary-2", Optional.of(right), key);
    written.put("answer to the secret of another", mistaken.headers().map() + mistaken.body());
    var enrolled = server.enroll(Optional.empty(), "canary", Optional.of(right), key);
    assertThat(enrolled.statusCode()).isEqualTo(200);
    written.put("answer", enrolled.headers().map() + enrolled.body());
    // where it does not belong: in a query, and in the bodies of the admin API
    written.put(
        "query", server.get("/devices?state=" + right).body().toString().replace(right, ""));
    written.put(
        "unknown field",
        server.post("/devices", "{\"id\":\"x\",\"password\":\"" + right + "\"}").body().toString());
    written.put("not JSON", server.post("/devices", "{\"id\": " + right + "}").body().toString());
    server.post("/devices/canary/retire", "{\"reason\":\"keyCompromise\"}");
  }

  /// What is in files that only the server reads.
  private void keep(Path dir) throws Exception {
    secrets.put("secrets.key", Files.readString(dir.resolve("secrets.key")).strip());
    for (var pin : List.of("nameplate.pin", "nameplate.so-pin")) {
      secrets.put(pin, Files.readString(dir.resolve("token").resolve(pin)).strip());
    }
    for (var key : List.of("tls/server.key", "admin/first.key")) {
      var der = Pem.blocks(Files.readString(dir.resolve(key)), "PRIVATE KEY").getFirst();
      // the number itself, where PKCS#8 of a key on P-256 has it
      secrets.put(key, new String(der, 35, 32, ISO_8859_1));
    }
  }

  private static List<String> forms(String secret) {
    var bytes = secret.getBytes(secret.chars().allMatch(c -> c < 0x100) ? ISO_8859_1 : UTF_8);
    var raw = new String(bytes, ISO_8859_1);
    var hex = HexFormat.of().formatHex(bytes);
    var all = new ArrayList<String>();
    all.add(raw);
    all.add(new StringBuilder(raw).reverse().toString());
    all.add(hex);
    all.add(hex.toUpperCase(Locale.ROOT));
    // in base64 of a longer text, it is one of three
    for (int shift = 0; shift < 3; shift++) {
      var shifted = new byte[shift + bytes.length];
      System.arraycopy(bytes, 0, shifted, shift, bytes.length);
      var encoded = Base64.getEncoder().withoutPadding().encodeToString(shifted);
      all.add(encoded.substring(shift == 0 ? 0 : shift + 1, encoded.length() - 1));
    }
    return all;
  }

  private void files(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (var file : files.toList()) {
        written.put(
            file.getFileName().toString(), new String(Files.readAllBytes(file), ISO_8859_1));
      }
    }
  }

  /// Of every process that is there.
  private static String commandLines() throws IOException {
    var all = new StringBuilder();
    try (var processes = Files.newDirectoryStream(Path.of("/proc"), "[0-9]*")) {
      for (var process : processes) {
        try {
          all.append(Files.readString(process.resolve("cmdline"), ISO_8859_1)).append('\n');
        } catch (IOException gone) {
          // it has ended
          all.append('\n');
        }
      }
    }
    return all.toString();
  }
}
