package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.DEROctetString;
import org.bouncycastle.asn1.DERSequence;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.BasicOCSPResponse;
import org.bouncycastle.asn1.ocsp.CertID;
import org.bouncycastle.asn1.ocsp.OCSPObjectIdentifiers;
import org.bouncycastle.asn1.ocsp.OCSPRequest;
import org.bouncycastle.asn1.ocsp.OCSPResponse;
import org.bouncycastle.asn1.ocsp.Request;
import org.bouncycastle.asn1.ocsp.SingleResponse;
import org.bouncycastle.asn1.ocsp.TBSRequest;
import org.bouncycastle.asn1.x509.AlgorithmIdentifier;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.Extensions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/// The signers of OCSP answers come and go, and nobody who asks notices.
class OcspSignerLifeTest {

  private static final Duration LIFE = Duration.ofDays(14);
  private static final int LIVES = 3;

  @Test
  @Tag("O12")
  @Tag("O13")
  void overThreeLivesEveryQueryIsAnsweredAndNoAnswerOutlivesItsSigner() throws Exception {
    var made = RunningServer.start();
    var clock = new FakeClock(InstantSource.system().instant().plusSeconds(1));
    try (var server = made.restarted(clock)) {
      var device = server.enrolled("pump-1").certificate();
      var issuing = issuing(server);
      var signers = ConcurrentHashMap.<String>newKeySet();
      var failures = new ConcurrentLinkedQueue<String>();
      var stop = new AtomicBoolean();
      var queries = new AtomicLong();
      try (var threads = Executors.newFixedThreadPool(3)) {
        var asking = new ArrayList<Future<Void>>();
        for (int i = 0; i < 3; i++) {
          boolean nonce = i == 0;
          asking.add(
              threads.submit(
                  asking(server, issuing, device, nonce, stop, queries, signers, failures)));
        }
        for (int day = 0; day < LIVES * LIFE.toDays(); day++) {
          long before = queries.get();
          double runs = renewalRuns(server);
          clock.advance(Duration.ofDays(1));
          await()
              .atMost(Duration.ofSeconds(30))
              .until(() -> renewalRuns(server) > runs && queries.get() > before + 3);
        }
        stop.set(true);
        for (var each : asking) {
          each.get();
        }
      }

      assertThat(failures).isEmpty();
      assertThat(queries.get()).isGreaterThan(100);
      // one is made when two thirds of the one before are over
      assertThat(signers).hasSizeBetween(4, 6);
    }
  }

  @Test
  @Tag("O20")
  void aNodeMaySignWithSeveralKindsOfKeyAndTheFirstOneIsTheUsualOne() throws Exception {
    try (var server =
        RunningServer.start(
            settings -> settings.replace("ocsp: {", "ocsp: {keys: [ec-p384, rsa-2048], "))) {
      var device = server.enrolled("pump-1").certificate();
      var issuing = issuing(server);
      try (var http = HttpClient.newHttpClient()) {
        var usual = answer(http, server, request(issuing, device, new Extension[0]));
        assertThat(usual.signer().publicKey().type()).isEqualTo(KeyType.EC_P384);
        var wish =
            new DERSequence(
                    new DERSequence(
                        new AlgorithmIdentifier(
                            SignatureAlgorithm.SHA256_WITH_RSA.identifier().getAlgorithm())))
                .getEncoded();
        var rsa =
            answer(
                http,
                server,
                request(
                    issuing,
                    device,
                    new Extension(OCSPObjectIdentifiers.id_pkix_ocsp_pref_sig_algs, false, wish)));
        assertThat(rsa.signer().publicKey().type()).isEqualTo(KeyType.RSA_2048);
      }
    }
  }

  private record Answer(String says, Instant nextUpdate, Certificate signer) {}

  private static Callable<Void> asking(
      RunningServer server,
      Certificate issuing,
      Certificate device,
      boolean withNonce,
      AtomicBoolean stop,
      AtomicLong queries,
      Set<String> signers,
      Queue<String> failures) {
    return () -> {
      try (var http = HttpClient.newHttpClient()) {
        while (!stop.get()) {
          long number = queries.incrementAndGet();
          var nonce = ByteBuffer.allocate(8).putLong(number).array();
          var extensions =
              withNonce
                  ? new Extension[] {
                    new Extension(
                        OCSPObjectIdentifiers.id_pkix_ocsp_nonce,
                        false,
                        new DEROctetString(nonce).getEncoded())
                  }
                  : new Extension[0];
          var answer = answer(http, server, request(issuing, device, extensions));
          if (!answer.says().equals("good")) {
            failures.add(answer.says());
          } else if (answer.nextUpdate().isAfter(answer.signer().notAfter())
              || answer.signer().notAfter().isAfter(issuing.notAfter())) {
            failures.add(answer + " outlives its signer");
          } else {
            signers.add(answer.signer().serial().hex());
          }
        }
      } catch (Exception broken) {
        failures.add(broken.toString());
      }
      return null;
    };
  }

  private static Answer answer(HttpClient http, RunningServer server, byte[] request)
      throws Exception {
    var asked =
        HttpRequest.newBuilder(URI.create(server.nameplate.statusUrl() + "/ocsp"))
            .header("Content-Type", "application/ocsp-request")
            .POST(BodyPublishers.ofByteArray(request))
            .build();
    var response = OCSPResponse.getInstance(http.send(asked, BodyHandlers.ofByteArray()).body());
    int status = response.getResponseStatus().getIntValue();
    if (status != 0) {
      return new Answer("status " + status, Instant.EPOCH, issuing(server));
    }
    var basic =
        BasicOCSPResponse.getInstance(response.getResponseBytes().getResponse().getOctets());
    var single =
        SingleResponse.getInstance(basic.getTbsResponseData().getResponses().getObjectAt(0));
    var signer =
        Certificate.parse(basic.getCerts().getObjectAt(0).toASN1Primitive().getEncoded("DER"));
    return new Answer(
        single.getCertStatus().getTagNo() == 0 ? "good" : "not good",
        single.getNextUpdate().getDate().toInstant(),
        signer);
  }

  private static byte[] request(Certificate issuing, Certificate device, Extension... extensions)
      throws Exception {
    var id =
        new CertID(
            new AlgorithmIdentifier(NISTObjectIdentifiers.id_sha256),
            new DEROctetString(issuing.subject().der().sha256()),
            new DEROctetString(Der.sha256(issuing.publicKey().keyBits())),
            new ASN1Integer(device.serial().value()));
    var tbs =
        new TBSRequest(
            null,
            new DERSequence(new Request(id, null)),
            extensions.length == 0 ? null : new Extensions(extensions));
    return new OCSPRequest(tbs, null).getEncoded("DER");
  }

  private static double renewalRuns(RunningServer server) throws Exception {
    return server
        .monitoring("/metrics")
        .lines()
        .filter(line ->
            line.startsWith("nameplate_job_runs_total") && line.contains("ocsp-signer-renewal"))
        .filter(line -> line.contains("done"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static Certificate issuing(RunningServer server) throws Exception {
    return Pem.decodeCertificates(Files.readString(server.made.trust())).getLast();
  }
}
