package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.est.CertsOnly;
import dev.nameplate.server.RunningServer.Identity;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.awaitility.Awaitility;

/// A device whose connections break wherever they can, and which then asks again, as devices do:
/// the same request once more, the same request signed anew, or one with a new key. What happens to
/// it depends on its seed only, and on who is faster.
final class UnluckyDevice {

  private static final Pattern CONTENT_LENGTH = Pattern.compile("Content-Length: (\\d+)\r\n");

  /// A certificate that it got in the end.
  ///
  /// @param askedAt when it asked the last time: what was issued before was a lost answer
  record Renewal(Certificate certificate, Instant askedAt) {}

  /// One wish for a certificate: its key, and a request with one signature under it.
  private record Wish(SoftwareKey key, Der csr) {}

  /// What it shows, with the TLS that shows it: sessions are resumed while it stays the same.
  private record Shown(Identity identity, SSLContext tls) {}

  private final RunningServer server;
  private final String id;
  private final SplittableRandom random;
  private final List<Renewal> renewals = new ArrayList<>();
  private Shown shown;

  /// What it showed before, kept until what it shows now was accepted once.
  private Optional<Shown> kept = Optional.empty();

  private boolean racing;
  private int drops;
  private int returns;

  UnluckyDevice(RunningServer server, String id, long seed) throws Exception {
    this.server = server;
    this.id = id;
    this.random = new SplittableRandom(seed);
    this.shown = shown(server.enrolled(id));
  }

  String id() {
    return id;
  }

  /// The certificate that it shows.
  Certificate certificate() {
    return shown.identity().certificate();
  }

  /// All but those that a request of its own, broken off before, may have interfered with.
  List<Renewal> renewals() {
    return renewals;
  }

  /// How often its connection broke.
  int drops() {
    return drops;
  }

  /// How often its new certificate had been voided by an earlier request of its own, which a slow
  /// server came to after the answer, and it went back to the one before.
  int returns() {
    return returns;
  }

  /// Loses the answer at least once after it was signed, and gets it in the end.
  void renew() throws Exception {
    settle();
    var wish = wish();
    while (chance(30)) {
      breakOffEarly(wish);
      if (chance(20)) {
        // what it broke off may come to its turn at any time until this certificate has ended
        wish = wish();
        racing = true;
      }
    }
    loseAnswer(wish);
    while (chance(20)) {
      // it cannot know whether the last one was signed, and makes up its mind anew
      wish = chance(50) ? wish() : new Wish(wish.key(), csr(wish.key()));
      loseAnswer(wish);
    }
    var asked = Instant.now();
    var answer = ask(shown, wish);
    if (!racing && chance(25)) {
      assertThat(ask(shown, wish)).as("the same request of %s", id).isEqualTo(answer);
    }
    var before = shown;
    var renewed = installed(wish, answer);
    if (!racing) {
      renewals.add(new Renewal(renewed.certificate(), asked));
    }
    if (chance(20)) {
      return; // the power failed before it was stored: it goes on with what it has
    }
    kept = Optional.of(shown);
    shown = shown(renewed);
    if (chance(5)) {
      settle();
      if (!shown.equals(before)) {
        assertThat(status(exchange(before, wish, Integer.MAX_VALUE)))
            .as("the certificate of %s that was superseded", id)
            .isEqualTo("403");
      }
    }
  }

  /// Renews once more, on good connections, and uses what it got.
  void renewUndisturbed() throws Exception {
    settle();
    Shown before;
    do {
      before = shown;
      var wish = wish();
      var renewed = shown(installed(wish, ask(before, wish)));
      kept = Optional.of(before);
      shown = renewed;
      // the answer to this stays pending, what is shown becomes the confirmed one
      settle();
    } while (shown.equals(before));
  }

  /// Shows its new certificate for the first time; from then on there is no way back.
  private void settle() throws Exception {
    if (kept.isEmpty()) {
      return;
    }
    var before = kept.get();
    kept = Optional.empty();
    var answer = exchange(shown, wish(), Integer.MAX_VALUE);
    if (status(answer).equals("403")) {
      returns++;
      shown = before;
    } else {
      racing = false;
    }
  }

  private Wish wish() {
    var key = chance(20) ? shown.identity().key() : SoftwareKey.generate(KeyType.EC_P256);
    return new Wish(key, csr(key));
  }

  private Der csr(SoftwareKey key) {
    return Csr.sign(
        DistinguishedName.ofCommonName(id), key.publicKey(), key.algorithm(), key::sign);
  }

  private Identity installed(Wish wish, String answer) throws Exception {
    var certificates = CertsOnly.decode(Base64.getMimeDecoder().decode(answer));
    assertThat(certificates).hasSize(1);
    assertThat(certificates.getFirst().publicKey()).isEqualTo(wish.key().publicKey());
    return new Identity(wish.key(), certificates);
  }

  /// The body of the answer.
  private String ask(Shown as, Wish wish) {
    var answer = answered(as, wish, Integer.MAX_VALUE);
    return answer.substring(answer.indexOf("\r\n\r\n") + 4);
  }

  /// Hangs up somewhere within the answer. It was signed and committed by then.
  private void loseAnswer(Wish wish) {
    answered(shown, wish, 12 + random.nextInt(1400));
    drops++;
  }

  /// The beginning of a 200. While an earlier sending of the request is at work it is told to come
  /// again, and does.
  private String answered(Shown as, Wish wish, int enough) {
    return Awaitility.await()
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(5))
        .atMost(Duration.ofMinutes(2))
        .until(
            () -> exchange(as, wish, enough),
            answer -> {
              assertThat(status(answer)).as("%s: %s", id, answer).isIn("200", "503");
              return status(answer).equals("200");
            });
  }

  /// Hangs up before there is an answer: nobody knows how far the request got.
  private void breakOffEarly(Wish wish) throws Exception {
    drops++;
    var request = request(wish);
    try (var plain = connect()) {
      plain.setSoLinger(random.nextBoolean(), 0);
      if (chance(10)) {
        return;
      }
      var tls = tls(shown, plain);
      tls.startHandshake();
      int part = chance(50) ? request.length : random.nextInt(request.length);
      tls.getOutputStream().write(request, 0, part);
      tls.getOutputStream().flush();
    }
  }

  /// Sends the request, and reads `enough` bytes of the answer, or all there are.
  private String exchange(Shown as, Wish wish, int enough) throws Exception {
    try (var plain = connect()) {
      var tls = tls(as, plain);
      tls.getOutputStream().write(request(wish));
      tls.getOutputStream().flush();
      var answer = read(tls.getInputStream(), enough);
      // as a crash does: without a word of TLS, and half of the time without one of TCP
      plain.setSoLinger(random.nextBoolean(), 0);
      return answer;
    }
  }

  private static String read(InputStream in, int enough) throws IOException {
    var answer = new ByteArrayOutputStream();
    var buffer = new byte[2048];
    while (answer.size() < enough && !isWhole(answer.toString(ISO_8859_1))) {
      int count = in.read(buffer, 0, Math.min(buffer.length, enough - answer.size()));
      if (count < 0) {
        throw new IOException("the server hung up after " + answer.size() + " bytes");
      }
      answer.write(buffer, 0, count);
    }
    return answer.toString(ISO_8859_1);
  }

  private static boolean isWhole(String answer) {
    int end = answer.indexOf("\r\n\r\n");
    if (end < 0) {
      return false;
    }
    var length = CONTENT_LENGTH.matcher(answer);
    return length.find() && answer.length() >= end + 4 + Integer.parseInt(length.group(1));
  }

  private static String status(String answer) {
    return answer.split(" ", 3)[1];
  }

  private byte[] request(Wish wish) {
    var body = Base64.getEncoder().encodeToString(wish.csr().toByteArray());
    return """
    POST /.well-known/est/simplereenroll HTTP/1.1\r
    Host: localhost\r
    Content-Type: application/pkcs10\r
    Content-Length: %d\r
    \r
    %s\
    """
        .formatted(body.length(), body)
        .getBytes(ISO_8859_1);
  }

  private Socket connect() throws IOException {
    var plain = new Socket(InetAddress.getLoopbackAddress(), server.nameplate.estUrl().getPort());
    plain.setSoTimeout(30_000);
    return plain;
  }

  private SSLSocket tls(Shown as, Socket plain) throws IOException {
    return (SSLSocket)
        as.tls().getSocketFactory().createSocket(plain, "localhost", plain.getPort(), false);
  }

  private Shown shown(Identity identity) throws Exception {
    return new Shown(identity, server.tls(Optional.of(identity)));
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }
}
