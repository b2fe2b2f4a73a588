package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.store.StoreException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Distribution of CA certificates.
final class Rfc7030Section41Test {

  private final EstFixture est = EstFixture.start();

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  void c1ItHasTheRootAndEveryAuthorityThatChainsToIt() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var answer = client.get("cacerts");

      assertThat(answer.header("Content-Type")).contains("application/pkcs7-mime");
      assertThat(answer.certificates()).containsExactlyInAnyOrder(est.root, est.issuing);
    }
  }

  @Test
  void c4ACertificateThatIsThereTwiceIsSentOnce() throws Exception {
    est.trust = _ -> List.of(est.root, est.issuing, est.root);
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get("cacerts").certificates()).hasSize(2);
    }
  }

  @Test
  void u8AnswersAreOneLineAndALineFeed() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get("cacerts").text())
          .hasSizeGreaterThan(1024)
          .containsOnlyOnce("\n")
          .endsWith("\n");
    }
  }

  @Test
  void u8LibestGetsLinesThatItCanRead() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get("cacerts", "User-Agent: Cisco EST client 1.0").text().lines())
          .hasSizeGreaterThan(1)
          .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(64));
    }
  }

  @Test
  void u8ALabelMayAskForWrappedLines() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get("sensor/cacerts").text().lines())
          .hasSizeGreaterThan(1)
          .allSatisfy(line -> assertThat(line).hasSizeLessThanOrEqualTo(64));
    }
  }

  @Test
  void u7AnExtraLineBreakAfterTheRequestIsForgiven() throws Exception {
    var request =
        "GET /.well-known/est/cacerts HTTP/1.1\r\nHost: localhost\r\n\r\n\r\n".getBytes(US_ASCII);
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.send(request).status()).isEqualTo(200);
      assertThat(client.send(request).status()).isEqualTo(200);
    }
  }

  @Test
  void aLargeBundleHasItsLengthToo() throws Exception {
    var bundle = new ArrayList<>(List.of(est.root, est.issuing));
    for (int i = 0; i < 40; i++) {
      bundle.add(est.enrolled("c1-" + i).certificate());
    }
    est.trust = _ -> Collections.unmodifiableList(bundle);
    try (var client = EstClient.anonymous(est)) {
      var answer = client.get("cacerts");

      assertThat(answer.text()).hasSizeGreaterThan(32_000);
      assertThat(answer.header("Transfer-Encoding")).isEmpty();
      assertThat(answer.certificates()).hasSize(42);
    }
  }

  @Test
  void aStoreThatIsAwayIsOurFaultAndPasses() throws Exception {
    est.trust =
        _ -> {
          throw new StoreException("jdbc:secret-host refused");
        };
    try (var client = EstClient.anonymous(est)) {
      var answer = client.get("cacerts");

      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.header("Retry-After")).contains("5");
      assertThat(answer.text()).isEqualTo("The server cannot answer now, please ask again.\n");
    }
  }

  @Test
  void whatNobodyThoughtOfTellsNothing() throws Exception {
    est.trust =
        _ -> {
          throw new IllegalStateException("secret detail");
        };
    try (var client = EstClient.anonymous(est)) {
      var answer = client.get("cacerts");

      assertThat(answer.status()).isEqualTo(500);
      assertThat(answer.text()).isEqualTo("The server failed to answer.\n");
    }
  }
}
