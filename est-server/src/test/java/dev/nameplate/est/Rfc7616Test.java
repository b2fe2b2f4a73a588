package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.enrollment.IssuedSecret;
import dev.nameplate.ca.x509.Der;
import java.io.IOException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/// HTTP Digest: SHA-256 and qop=auth. Not offered: MD5, auth-int, -sess, userhash.
@Tag("S6")
final class Rfc7616Test {

  private static final String PATH = "digest/simpleenroll";
  private static final Pattern NONCE = Pattern.compile("nonce=\"([^\"]+)\"");

  private final EstFixture est = EstFixture.start();
  private final FakeDevice pump = FakeDevice.fresh("pump");

  @AfterEach
  void stop() {
    est.close();
  }

  @Test
  void theStrongestWayIsNamedFirstAndHasNothingThatBouncyCastleStumblesOver() throws Exception {
    try (var client = EstClient.anonymous(est)) {
      var ways = challenges(post(client, PATH));

      assertThat(ways).hasSize(2);
      assertThat(ways.getFirst())
          .matches(
              "Digest realm=\"nameplate\", qop=\"auth\", algorithm=\"SHA-256\", nonce=\"\\S+\"");
      assertThat(ways.getLast()).isEqualTo("Basic realm=\"nameplate\"");
      assertThat(challenges(post(client, "device/simpleenroll")))
          .containsExactly("Basic realm=\"nameplate\"");
      assertThat(challenges(post(client, "digest-only/simpleenroll")))
          .singleElement()
          .asString()
          .startsWith("Digest ");
    }
  }

  @Test
  void aRightSecretIsLetInAndItsNonceGoesOnCounting() throws Exception {
    var secret = est.register("pump", TestProfiles.DIGEST);
    try (var client = EstClient.anonymous(est)) {
      var nonce = nonce(post(client, PATH));

      assertThat(post(client, PATH, digest(secret, nonce, 1)).status()).isEqualTo(200);
      assertThat(post(client, PATH, digest(secret, nonce, 2)).status()).isEqualTo(200);
    }
  }

  @Test
  void nothingCountsTwice() throws Exception {
    var secret = est.register("pump", TestProfiles.DIGEST);
    try (var client = EstClient.anonymous(est)) {
      var nonce = nonce(post(client, PATH));
      assertThat(post(client, PATH, digest(secret, nonce, 3)).status()).isEqualTo(200);

      for (int count : new int[] {3, 2}) {
        var replayed = post(client, PATH, digest(secret, nonce, count));
        assertThat(replayed.status()).isEqualTo(401);
        assertThat(challenges(replayed).getFirst()).endsWith(", stale=true");
        assertThat(post(client, PATH, digest(secret, nonce(replayed), 1)).status()).isEqualTo(200);
      }
    }
  }

  @Test
  void anOldNonceIsStaleAndAForeignOneToo() throws Exception {
    var secret = est.register("pump", TestProfiles.DIGEST);
    try (var client = EstClient.anonymous(est)) {
      var nonce = nonce(post(client, PATH));
      est.clock.advance(Duration.ofMinutes(5));

      for (var bad : new String[] {nonce, "AAAA", "not base64"}) {
        var answer = post(client, PATH, digest(secret, bad, 1));
        assertThat(answer.status()).isEqualTo(401);
        assertThat(challenges(answer).getFirst()).endsWith(", stale=true");
      }
    }
  }

  @Test
  @Tag("S7")
  void aWrongSecretIsNotStaleAndIsThrottled() throws Exception {
    est.register("pump", TestProfiles.DIGEST);
    var wrong = est.register("valve", TestProfiles.DIGEST);
    try (var client = EstClient.anonymous(est)) {
      var nonce = nonce(post(client, PATH));
      for (int i = 1; i <= 10; i++) {
        var answer = post(client, PATH, digest(wrong, nonce, i));
        assertThat(answer.status()).isEqualTo(401);
        assertThat(challenges(answer).getFirst()).doesNotContain("stale");
        assertThat(answer.text())
            .isEqualTo("There is no device with this name and enrollment secret.\n");
      }

      var answer = post(client, PATH, digest(wrong, nonce, 11));
      assertThat(answer.status()).isEqualTo(429);
      assertThat(answer.header("Retry-After")).contains("60");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "algorithm=SHA-256 | algorithm=MD5 | Digest is offered here with algorithm=SHA-256 only.",
        "algorithm=SHA-256 | opaque=\"x\" | Digest is offered here with algorithm=SHA-256 only.",
        "qop=auth | qop=auth-int | Digest is offered here with qop=auth.",
        "qop=auth | qop=auth, userhash=true | Digest is offered here without userhash.",
        "realm=\"nameplate\" | realm=\"other\" | Digest is offered here with realm=nameplate.",
        "nc=00000001 | nc=1 | Digest has a malformed nc.",
        "nc=00000001 | nc=00000001, nc=00000002 | Digest has nc twice.",
        "username=\"pump\" | username*=latin1''pump"
            + " | Digest has a username* that is not alone or not UTF-8''....",
        "username=\"pump\" | username=\"pump | Digest is malformed.",
        "response= | respond= | Digest has no response."
      })
  void whatIsNotOfferedIsRefusedByName(String good, String bad, String sentence) throws Exception {
    var secret = est.register("pump", TestProfiles.DIGEST);
    try (var client = EstClient.anonymous(est)) {
      var right = digest(secret, nonce(post(client, PATH)), 1);
      assertThat(right).contains(good);

      var answer = post(client, PATH, right.replace(good, bad));

      assertThat(answer.status()).isEqualTo(401);
      assertThat(answer.text()).isEqualTo(sentence + "\n");
    }
  }

  @Test
  void aNameMayComeInItsExtendedForm() throws Exception {
    var secret = est.register("pump", TestProfiles.DIGEST);
    try (var client = EstClient.anonymous(est)) {
      var right = digest(secret, nonce(post(client, PATH)), 1);

      var answer =
          post(client, PATH, right.replace("username=\"pump\"", "username*=UTF-8''%70ump"));

      assertThat(answer.status()).isEqualTo(200);
    }
  }

  @Test
  void credentialsForAnotherUriAreABadRequest() throws Exception {
    var secret = est.register("pump", TestProfiles.DIGEST);
    try (var client = EstClient.anonymous(est)) {
      var right = digest(secret, nonce(post(client, PATH)), 1);

      assertThat(post(client, PATH + "?x=y", right).status()).isEqualTo(400);
    }
  }

  @Test
  void aSecretThatWasMadeForALabelWithoutDigestIsUnknownToIt() throws Exception {
    var secret = est.register("pump");
    try (var client = EstClient.anonymous(est)) {
      var nonce = nonce(post(client, PATH));

      assertThat(post(client, PATH, digest(secret, nonce, 1)).status()).isEqualTo(401);
    }
    assertThat(est.store.secrets(est.store.find(owner("pump")).orElseThrow().owner()))
        .allSatisfy(record -> assertThat(record.digest()).isEmpty());
  }

  @Test
  void whereOnlyDigestIsOfferedBasicIsNotLookedAt() throws Exception {
    var secret = est.register("pump", TestProfiles.DIGEST_ONLY);
    try (var client = EstClient.anonymous(est)) {
      var answer =
          post(
              client,
              "digest-only/simpleenroll",
              "Authorization: " + EstFixture.basic("pump", secret.text()));

      assertThat(answer.status()).isEqualTo(401);
      assertThat(est.counts.drain(est.clock.instant())).isEmpty();
    }
  }

  private static Owner owner(String id) {
    return new DeviceId(id).owner();
  }

  private EstClient.Answer post(EstClient client, String path, String... headers)
      throws IOException {
    return client.post(path, Requests.oneLine(pump.csr()), headers);
  }

  private static List<String> challenges(EstClient.Answer answer) {
    var name = "WWW-Authenticate: ";
    return answer.headers().stream()
        .filter(line -> line.startsWith(name))
        .map(line -> line.substring(name.length()))
        .toList();
  }

  private static String nonce(EstClient.Answer answer) {
    var nonce = NONCE.matcher(challenges(answer).getFirst());
    assertThat(nonce.find()).isTrue();
    return nonce.group(1);
  }

  private static String digest(IssuedSecret secret, String nonce, int count) {
    var uri = EstClient.EST + PATH;
    var first = sha256("pump:nameplate:" + secret.text());
    var second = sha256("POST:" + uri);
    var nc = "%08x".formatted(count);
    var response = sha256(String.join(":", first, nonce, nc, "c", "auth", second));
    return "Authorization: Digest username=\"pump\", realm=\"nameplate\", nonce=\""
        + nonce
        + "\", uri=\""
        + uri
        + "\", algorithm=SHA-256, qop=auth, nc="
        + nc
        + ", cnonce=\"c\", response=\""
        + response
        + "\"";
  }

  private static String sha256(String text) {
    return HexFormat.of().formatHex(Der.sha256(text.getBytes(UTF_8)));
  }
}
