package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// HTTP URIs for control, and what is said about others.
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
final class Rfc7030Section322Test {

  private final EstFixture est = EstFixture.start();

  @AfterAll
  void stop() {
    est.close();
  }

  @Test
  void u1u2EveryOperationIsThereWithAndWithoutALabel() throws Exception {
    var device = est.enrolled("u1u2");
    try (var client = EstClient.of(est, device)) {
      assertThat(client.get("cacerts").status()).isEqualTo(200);
      assertThat(client.get("device/cacerts").status()).isEqualTo(200);
      for (var operation : new String[] {"simpleenroll", "simplereenroll"}) {
        assertThat(client.post(operation, Requests.oneLine(device.csr())).status()).isEqualTo(200);
        assertThat(client.post("device/" + operation, Requests.oneLine(device.csr())).status())
            .isEqualTo(200);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nothing",
        "device/",
        "device/nothing",
        "nobody/cacerts",
        "device/device/cacerts",
        "CACERTS",
        "Device/cacerts",
        "cacerts%00",
        "device%2fcacerts",
        "d%C3%A9vice/cacerts"
      })
  void u3AnUnknownOperationOrLabelIsNotFound(String path) throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get(path).status()).isIn(400, 404);
    }
  }

  @Test
  void a7ALabelIsComparedAfterItWasDecodedOnce() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get("%64evice/cacerts").status()).isEqualTo(200);
      assertThat(client.get("%2564evice/cacerts").status()).isIn(400, 404);
    }
  }

  @Test
  void u3AnUnknownLabelIsNotFoundWhoeverAsks() throws Exception {
    var device = est.enrolled("u3-label");
    try (var client = EstClient.of(est, device)) {
      var answer = client.post("nobody/simpleenroll", Requests.oneLine(device.csr()));

      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.text()).isEqualTo("There is no such EST label here.\n");
    }
  }

  @Test
  void u3AnotherMethodIsNotAllowedAndTheRightOneIsNamed() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var get = client.get("simpleenroll");
      var post = client.post("device/cacerts", new byte[0]);
      var delete = client.raw("DELETE", EstClient.EST + "simplereenroll", new byte[0]);

      assertThat(get.status()).isEqualTo(405);
      assertThat(get.header("Allow")).contains("POST,OPTIONS");
      assertThat(post.status()).isEqualTo(405);
      assertThat(post.header("Allow").orElseThrow()).contains("GET");
      assertThat(delete.status()).isEqualTo(405);
    }
  }

  @Test
  void u3AnotherMediaTypeIsRefused() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var answer =
          client.raw(
              "POST",
              EstClient.EST + "simpleenroll",
              new byte[] {'A'},
              "Content-Type: application/pkcs7-mime",
              "Content-Length: 1");

      assertThat(answer.status()).isEqualTo(415);
      assertThat(answer.text()).isEqualTo("This EST operation takes application/pkcs10 only.\n");
    }
  }

  /// Section 3.2.1: a client would have to ask its user, and a linked request would be void.
  @ParameterizedTest
  @ValueSource(strings = {"cacerts", "cacerts/", "", "/", "device", "device/", "simpleenroll", "x"})
  void u11NoAnswerIsARedirect(String path) throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get(path).status()).matches(status -> status < 300 || status > 399);
      assertThat(client.post(path, new byte[0]).status())
          .matches(status -> status < 300 || status > 399);
    }
  }

  /// Names of RFC 8295 that are not offered: clients read 404 as "not implemented".
  @ParameterizedTest
  @ValueSource(strings = {"eecerts", "firmware", "device/symmetrickeys"})
  @Tag("U3")
  void whatIsNotOfferedIsNotFound(String operation) throws Exception {
    try (var client = EstClient.anonymous(est)) {
      assertThat(client.get(operation).status()).isEqualTo(404);
      assertThat(client.post(operation, new byte[0]).status()).isEqualTo(404);
    }
  }

  @Test
  void everyRequestIsCountedUnderBoundedNames() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      client.get("sensor/cacerts");
      client.get("made-up-1/made-up-2");
    }

    assertThat(
            est.meters
                .get("nameplate.est.requests")
                .tags("operation", "cacerts", "label", "sensor", "status", "200")
                .counter()
                .count())
        .isEqualTo(1);
    assertThat(
            est.meters
                .get("nameplate.est.requests")
                .tags("operation", "other", "label", "other", "status", "404")
                .counter()
                .count())
        .isPositive();
    assertThat(est.meters.get("nameplate.est.duration").tag("operation", "other").timer().count())
        .isPositive();
  }
}
