package dev.nameplate.cli.est;

import dev.nameplate.ca.x509.Der;
import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.http.NoAnswerException;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/// The client's side of RFC 7030: cacerts, simpleenroll, simplereenroll. Who we are at the TLS
/// level is the matter of [Http].
public final class EstClient {

  private static final String WELL_KNOWN = "/.well-known/est";
  private static final String PKCS10 = "application/pkcs10";
  private static final int LONGEST_REASON = 2000;
  private static final Duration LATER = Duration.ofSeconds(2);

  private final URI base;
  private final Http http;

  /// @param server `https://host:port`, with or without `/.well-known/est`
  /// @param label selects a profile (RFC 7030 section 3.2.2)
  public EstClient(URI server, Optional<String> label, Http http) {
    var text = server.toString().replaceFirst("/+$", "");
    var root = text.endsWith(WELL_KNOWN) ? text : text + WELL_KNOWN;
    this.base = URI.create(root + label.map(name -> "/" + name).orElse("") + "/");
    this.http = http;
  }

  /// The URL that operations are below.
  public URI base() {
    return base;
  }

  /// The authorities' certificates (section 4.1). They are worth as much as the TLS connection.
  public List<X509Certificate> cacerts() throws NoAnswerException, EstProtocolException {
    var response = send(HttpRequest.newBuilder(base.resolve("cacerts")).GET());
    if (response.status() != 200) {
      throw new EstProtocolException(
          base + "cacerts: HTTP status " + response.status() + ": " + reason(response));
    }
    return certificates(response);
  }

  /// Asks for a first certificate with a one-time secret (sections 4.2.1 and 3.2.3).
  ///
  /// @param secret wiped by the caller
  public EstAnswer simpleEnroll(Der csr, String userName, byte[] secret)
      throws NoAnswerException, EstProtocolException {
    return ask(
        HttpRequest.newBuilder(base.resolve("simpleenroll"))
            .header("Authorization", basic(userName, secret)),
        csr);
  }

  /// Asks for a first certificate with the one that is shown over mutual TLS (sections 4.2.1 and
  /// 3.3.2): a manufacturer's, or a station's.
  public EstAnswer simpleEnroll(Der csr) throws NoAnswerException, EstProtocolException {
    return ask(HttpRequest.newBuilder(base.resolve("simpleenroll")), csr);
  }

  /// Asks for the next certificate with the present one, over mutual TLS (section 4.2.2).
  public EstAnswer simpleReenroll(Der csr) throws NoAnswerException, EstProtocolException {
    return ask(HttpRequest.newBuilder(base.resolve("simplereenroll")), csr);
  }

  /// When the server wants this certificate to be renewed (draft-ietf-lamps-est-renewal-info);
  /// empty if it does not say, or not in a form that we understand.
  public Optional<RenewalWindow> renewalInfo(X509Certificate certificate) throws NoAnswerException {
    var name = RenewalWindow.nameOf(certificate);
    if (name.isEmpty()) {
      return Optional.empty();
    }
    var response =
        http.send(HttpRequest.newBuilder(base.resolve("renewal-info/" + name.get())).GET());
    return response.statusCode() == 200 ? RenewalWindow.parse(response.body()) : Optional.empty();
  }

  /// The same as [#simpleEnroll] with a request that is tied to its connection (section 3.5).
  ///
  /// @param csr made of the connection's binding in base64 (RFC 9266)
  /// @param secret wiped by the caller
  public EstAnswer linkedEnroll(Function<String, Der> csr, String userName, byte[] secret)
      throws NoAnswerException, EstProtocolException {
    return ask("simpleenroll", csr, List.of("Authorization: " + basic(userName, secret)));
  }

  /// The same for whom its certificate lets in.
  public EstAnswer linkedEnroll(Function<String, Der> csr)
      throws NoAnswerException, EstProtocolException {
    return ask("simpleenroll", csr, List.of());
  }

  /// The same as [#simpleReenroll] with a request that is tied to its connection.
  public EstAnswer linkedReenroll(Function<String, Der> csr)
      throws NoAnswerException, EstProtocolException {
    return ask("simplereenroll", csr, List.of());
  }

  private EstAnswer ask(String operation, Function<String, Der> csr, List<String> credentials)
      throws NoAnswerException, EstProtocolException {
    var headers = new ArrayList<>(credentials);
    headers.add("Content-Type: " + PKCS10);
    headers.add("Content-Transfer-Encoding: base64");
    return answer(
        http.postBound(
            base.resolve(operation),
            headers,
            binding -> body(csr.apply(binding)).getBytes(StandardCharsets.US_ASCII)));
  }

  private EstAnswer ask(HttpRequest.Builder request, Der csr)
      throws NoAnswerException, EstProtocolException {
    return answer(
        send(
            request
                .header("Content-Type", PKCS10)
                .header("Content-Transfer-Encoding", "base64")
                .POST(BodyPublishers.ofString(body(csr)))));
  }

  private Http.Answer send(HttpRequest.Builder request) throws NoAnswerException {
    var response = http.send(request);
    return new Http.Answer(
        response.statusCode(),
        response.headers().firstValue("Retry-After"),
        new String(response.body(), StandardCharsets.UTF_8));
  }

  private static String body(Der csr) {
    return Base64.getEncoder().encodeToString(csr.toByteArray()) + "\n";
  }

  private static EstAnswer answer(Http.Answer response) throws EstProtocolException {
    int status = response.status();
    return switch (status) {
      case 200 -> new EstAnswer.Issued(single(certificates(response)));
      case 202, 429, 503 -> new EstAnswer.TryLater(status, retryAfter(response), reason(response));
      default -> new EstAnswer.Refused(status, reason(response));
    };
  }

  private static X509Certificate single(List<X509Certificate> certificates)
      throws EstProtocolException {
    if (certificates.size() != 1) {
      throw new EstProtocolException(
          "the server answered with " + certificates.size() + " certificates instead of one");
    }
    return certificates.getFirst();
  }

  /// A certs-only PKCS#7 in base64 (section 4.2.3).
  private static List<X509Certificate> certificates(Http.Answer response)
      throws EstProtocolException {
    try {
      var der = Base64.getMimeDecoder().decode(response.body());
      return CertificateFactory.getInstance("X.509")
          .generateCertificates(new ByteArrayInputStream(der))
          .stream()
          .map(X509Certificate.class::cast)
          .toList();
    } catch (IllegalArgumentException | CertificateException malformed) {
      throw new EstProtocolException(
          "the server's answer is not a certs-only PKCS#7 in base64", malformed);
    }
  }

  private static Duration retryAfter(Http.Answer response) {
    return response
        .retryAfter()
        .filter(seconds -> seconds.matches("[0-9]{1,6}"))
        .map(seconds -> Duration.ofSeconds(Long.parseLong(seconds)))
        .orElse(LATER);
  }

  private static String reason(Http.Answer response) {
    var text = response.body().strip();
    return text.isEmpty()
        ? "no reason given"
        : text.substring(0, Math.min(text.length(), LONGEST_REASON));
  }

  private static String basic(String userName, byte[] secret) {
    var credential = new ByteArrayOutputStream();
    credential.writeBytes((userName + ":").getBytes(StandardCharsets.UTF_8));
    credential.writeBytes(secret);
    var bytes = credential.toByteArray();
    try {
      return "Basic " + Base64.getEncoder().encodeToString(bytes);
    } finally {
      Arrays.fill(bytes, (byte) 0);
    }
  }
}
