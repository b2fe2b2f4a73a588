package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.Tool;
import dev.nameplate.est.CertsOnly;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.Initialization;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// EST over CoAPs in a whole server.
@Tag("D1")
final class CoapListenerTest {

  @TempDir private Path folder;
  private Path dir;

  @BeforeEach
  void init() throws Exception {
    dir = folder.resolve("ca");
    Initialization.run(InitOptions.onFreePorts(dir, "Acme Devices"), _ -> {});
  }

  @Test
  void isThereWhenItIsAskedForAndShowsTheServersCertificate() throws Exception {
    listenOn(0);
    try (var nameplate = Nameplate.start(dir)) {
      var url = nameplate.coapUrl().orElseThrow() + "/.well-known/est/crts";
      // an administrator is nobody who enrolls, but everybody may fetch the authorities
      Tool.OPENSSL.run(dir, "ec", "-in", "admin/first.key", "-out", "sec1.key").ok();
      // the root alone: libcoap takes one certificate here
      Tool.OPENSSL.run(dir, "x509", "-in", "trust.pem", "-out", "root.pem").ok();
      var result =
          new Tool("coap-client-openssl", "libcoap3-bin")
              .run(
                  dir,
                  "-B",
                  "20",
                  "-c",
                  "admin/first.pem",
                  "-j",
                  "sec1.key",
                  "-C",
                  "root.pem",
                  "-A",
                  "281",
                  "-o",
                  "crts.p7",
                  url);

      assertThat(dir.resolve("crts.p7")).withFailMessage(result.output()).exists();
      assertThat(CertsOnly.decode(Files.readAllBytes(dir.resolve("crts.p7")))).hasSize(2);
    }
  }

  @Test
  void isNotThereOtherwise() throws Exception {
    try (var nameplate = Nameplate.start(dir)) {
      assertThat(nameplate.coapUrl()).isEmpty();
    }
  }

  @Test
  void aPortThatIsTakenIsNamed() throws Exception {
    try (var taken = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
      listenOn(taken.getLocalPort());

      assertThatThrownBy(() -> Nameplate.start(dir))
          .isInstanceOf(StartException.class)
          .hasMessageContaining("coap")
          .hasMessageContaining(String.valueOf(taken.getLocalPort()));
    }
  }

  private void listenOn(int port) throws Exception {
    var settings = dir.resolve(SettingsFile.NAME);
    var text = Files.readString(settings);
    assertThat(text).contains("# coap:");
    Files.writeString(
        settings,
        text.replaceFirst("# coap: .*", "coap: {bind: \"127.0.0.1\", port: " + port + "}"));
  }
}
