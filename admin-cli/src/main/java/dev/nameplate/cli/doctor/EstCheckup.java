package dev.nameplate.cli.doctor;

import dev.nameplate.cli.est.EstClient;
import dev.nameplate.cli.est.EstProtocolException;
import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.http.NoAnswerException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;

/// Whether devices can begin: TLS, and the authorities over EST (RFC 7030 section 4.1).
public final class EstCheckup {

  private final Http http;
  private final InstantSource clock;

  /// @param http over TLS, which trusts the authorities
  public EstCheckup(Http http, InstantSource clock) {
    this.http = http;
    this.clock = clock;
  }

  /// @param authorities that devices should learn of there
  public List<Finding> run(URI server, List<X509Certificate> authorities) {
    var findings = Findings.at(server.toString());
    var client = new EstClient(server, Optional.empty(), http);
    try {
      var response = http.send(HttpRequest.newBuilder(client.base().resolve("cacerts")).GET());
      response.sslSession().ifPresent(session -> checkTls(session, findings));
      var known = client.cacerts();
      var missing =
          authorities.stream().filter(each -> !known.contains(each)).map(Subject::shortly).toList();
      if (missing.isEmpty()) {
        findings.ok("est.cacerts", known.size() + " authorities");
      } else {
        findings.note(
            "est.cacerts",
            "devices do not learn of " + String.join(", ", missing),
            "Is it an authority of another label, or a file of an earlier one?");
      }
    } catch (NoAnswerException silence) {
      findings.fail(
          silence.why() == NoAnswerException.Why.SERVER_NOT_TRUSTED ? "est.tls" : "est.reach",
          String.valueOf(silence.getMessage()),
          silence.why() == NoAnswerException.Why.SERVER_NOT_TRUSTED
              ? "Is --ca-file that of this server, and its certificate for this name?"
              : "Is the server running, and do its name and port lead to it from here?");
    } catch (EstProtocolException strange) {
      findings.fail(
          "est.cacerts",
          String.valueOf(strange.getMessage()),
          "Is this an EST server? /.well-known/est/cacerts has to answer without a credential.");
    }
    return findings.all();
  }

  private void checkTls(SSLSession session, Findings findings) {
    try {
      if (session.getPeerCertificates()[0] instanceof X509Certificate certificate) {
        findings.life(
            "est.tls",
            "the server's certificate (%s)".formatted(session.getProtocol()),
            certificate,
            clock.instant(),
            "Renew it; see why that did not happen in time.");
      }
    } catch (SSLPeerUnverifiedException nobody) {
      findings.fail("est.tls", "the server shows no certificate", "EST needs TLS with one.");
    }
  }
}
