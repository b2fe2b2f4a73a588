package dev.nameplate.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.http.WholeAnswer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.function.Supplier;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/// The issuing node as a status node sees it, over mutual TLS. It is asked a few times a day, so
/// each request has a connection of its own, with the certificate and the trust of that moment.
final class IssuingNode implements OcspSignerRenewal.Certification {

  private static final Duration PATIENCE = Duration.ofSeconds(10);
  private static final int LARGEST_ANSWER = 64 * 1024;
  private static final String JSON_TYPE = "application/json";

  // a newer server may say more than this node knows
  private static final ObjectMapper JSON =
      AdminApi.json().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES);

  private final Settings.IssuingNode at;
  private final String node;
  private final Supplier<TlsIdentity> identity;

  /// @param node the name of this node
  /// @param identity what it shows now
  IssuingNode(Settings.IssuingNode at, String node, Supplier<TlsIdentity> identity) {
    this.at = at;
    this.node = node;
    this.identity = identity;
  }

  /// @throws IssuingNodeException if it refuses, or does not answer
  @Override
  public Certificate certify(IssuerId issuer, Der request, KeyLocation key) {
    var answer =
        post(
            AdminApi.CertifiedSigner.class,
            "ocsp-signers",
            new AdminApi.CertifySigner(
                issuer.hex(),
                Pem.encode("CERTIFICATE REQUEST", request.toByteArray()),
                new AdminApi.KeyPlace(key.token(), key.label(), key.id())));
    try {
      return Pem.decodeCertificates(answer.pem()).getFirst();
    } catch (MalformedCertificateException malformed) {
      throw new IssuingNodeException("the OCSP signer in the answer is malformed", malformed);
    }
  }

  /// @throws IssuingNodeException if it refuses, or does not answer
  void raise(List<AdminApi.Alarm> alarms) {
    post(AdminApi.RaisedAlarms.class, "alarms", new AdminApi.RaiseAlarms(alarms));
  }

  /// The next certificate of this node's own, over EST.
  ///
  /// @throws IssuingNodeException if it refuses, or does not answer
  Certificate renew(String label, Der request) {
    var url = base(at.estUrl()) + "/.well-known/est/" + label + "/simplereenroll";
    var answer =
        send(
            HttpRequest.newBuilder(URI.create(url))
                .header("Content-Type", "application/pkcs10")
                .header("Content-Transfer-Encoding", "base64")
                .POST(
                    BodyPublishers.ofString(
                        Base64.getEncoder().encodeToString(request.toByteArray()))));
    try {
      var pkcs7 = Base64.getMimeDecoder().decode(answer);
      var issued =
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(pkcs7));
      return Certificate.parse(issued.iterator().next().getEncoded());
    } catch (GeneralSecurityException | MalformedCertificateException | RuntimeException other) {
      throw new IssuingNodeException(url + " answered with something else", other);
    }
  }

  private <T> T post(Class<T> type, String desk, Object body) {
    var url = base(at.adminUrl()) + AdminApi.PATH + "/nodes/" + node + "/" + desk;
    try {
      var answer =
          send(
              HttpRequest.newBuilder(URI.create(url))
                  .header("Content-Type", JSON_TYPE)
                  .header("Accept", JSON_TYPE)
                  .POST(BodyPublishers.ofByteArray(JSON.writeValueAsBytes(body))));
      return JSON.readValue(answer, type);
    } catch (IOException malformed) {
      throw new IssuingNodeException(url + " answered with something else", malformed);
    }
  }

  private byte[] send(HttpRequest.Builder prepared) {
    var request = prepared.build();
    try {
      var answer = answer(request);
      if (answer.statusCode() / 100 != 2) {
        throw new IssuingNodeException(
            request.uri()
                + " answered with HTTP status "
                + answer.statusCode()
                + ": "
                + new String(answer.body(), UTF_8).strip());
      }
      return answer.body();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IssuingNodeException("interrupted while waiting for " + request.uri(), interrupted);
    } catch (IOException | GeneralSecurityException away) {
      throw new IssuingNodeException(
          request.uri() + " does not answer: " + away.getMessage(), away);
    }
  }

  private HttpResponse<byte[]> answer(HttpRequest request)
      throws IOException, GeneralSecurityException, InterruptedException {
    var client =
        HttpClient.newBuilder()
            .sslContext(tls())
            .connectTimeout(PATIENCE)
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER)
            .build();
    try {
      return WholeAnswer.send(
          client,
          request,
          BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_ANSWER),
          PATIENCE);
    } finally {
      // it has nothing more to do, and closing it would wait for what was given up
      client.shutdownNow();
    }
  }

  private SSLContext tls() throws IOException, GeneralSecurityException {
    var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
    own.init(identity.get().keyStore(), new char[0]);
    var anchors = KeyStore.getInstance("PKCS12");
    anchors.load(null, null);
    try (var pem = Files.newInputStream(at.trust())) {
      int count = 0;
      for (var anchor : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
        anchors.setCertificateEntry("anchor-" + count++, anchor);
      }
    }
    var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
    trust.init(anchors);
    var context = SSLContext.getInstance("TLS");
    context.init(own.getKeyManagers(), trust.getTrustManagers(), null);
    return context;
  }

  private static String base(URI url) {
    return url.toString().replaceFirst("/+$", "");
  }
}
