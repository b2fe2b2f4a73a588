package dev.nameplate.server.canary;

import dev.nameplate.server.http.WholeAnswer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// Looks at the public OCSP responder and the CRLs once, as a relying party would. Signatures and
/// freshness are checked by the JDK. May be used from many threads at once.
public final class RelyingParty {

  private static final long LARGEST_LIST = 256L * 1024 * 1024;
  private static final int DEEPEST_CAUSE = 16;

  /// What was seen.
  public sealed interface Sight {

    record Revoked() implements Sight {}

    /// It is in force, as far as can be seen there.
    record Good(String says) implements Sight {}

    /// No answer, or none that can be believed.
    record Nothing(String why) implements Sight {}
  }

  private final HttpClient http;
  private final Duration patience;
  private final InstantSource clock;

  /// @param patience for one CRL, to its end
  public RelyingParty(HttpClient http, Duration patience, InstantSource clock) {
    this.http = http;
    this.patience = patience;
    this.clock = clock;
  }

  public Sight askOcsp(X509Certificate certificate, X509Certificate issuer, URI url) {
    try {
      var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate));
      var validator = CertPathValidator.getInstance("PKIX");
      var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
      checker.setOptions(Set.of(PKIXRevocationChecker.Option.NO_FALLBACK));
      checker.setOcspResponder(url);
      var parameters = new PKIXParameters(Set.of(new TrustAnchor(issuer, null)));
      parameters.setDate(Date.from(clock.instant()));
      parameters.addCertPathChecker(checker);
      validator.validate(path, parameters);
      return new Sight.Good("OCSP still says good");
    } catch (CertPathValidatorException no) {
      return no.getReason() == BasicReason.REVOKED
          ? new Sight.Revoked()
          : new Sight.Nothing("no OCSP answer: " + rootOf(no));
    } catch (GeneralSecurityException broken) {
      return new Sight.Nothing("no OCSP answer: " + rootOf(broken));
    }
  }

  public Sight readCrl(X509Certificate certificate, X509Certificate issuer, URI url) {
    try {
      var request = HttpRequest.newBuilder(url).GET().build();
      var response =
          WholeAnswer.send(
              http,
              request,
              BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_LIST),
              patience);
      if (response.statusCode() != 200) {
        return new Sight.Nothing("no CRL: HTTP status " + response.statusCode() + " at " + url);
      }
      return read(response.body(), certificate, issuer);
    } catch (IOException silence) {
      return new Sight.Nothing("no CRL: nothing answers at " + url + " (" + rootOf(silence) + ")");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      return new Sight.Nothing("no CRL: interrupted while waiting");
    }
  }

  private Sight read(byte[] list, X509Certificate certificate, X509Certificate issuer) {
    try {
      var crl =
          (X509CRL)
              CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(list));
      crl.verify(issuer.getPublicKey());
      if (crl.getNextUpdate() != null
          && crl.getNextUpdate().toInstant().isBefore(clock.instant())) {
        return new Sight.Nothing(
            "the CRL should have been replaced by " + crl.getNextUpdate().toInstant());
      }
      return crl.getRevokedCertificate(certificate.getSerialNumber()) != null
          ? new Sight.Revoked()
          : new Sight.Good("the CRL of " + crl.getThisUpdate().toInstant() + " does not list it");
    } catch (CRLException malformed) {
      return new Sight.Nothing("no CRL: " + malformed.getMessage());
    } catch (GeneralSecurityException wrong) {
      return new Sight.Nothing("the CRL is not signed by the issuer: " + wrong.getMessage());
    }
  }

  private static String rootOf(Throwable failed) {
    var root = failed;
    for (int depth = 0; root.getCause() != null && depth < DEEPEST_CAUSE; depth++) {
      root = root.getCause();
    }
    return Optional.ofNullable(root.getMessage()).orElse(root.getClass().getSimpleName());
  }
}
