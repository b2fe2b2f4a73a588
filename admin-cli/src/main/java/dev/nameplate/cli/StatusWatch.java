package dev.nameplate.cli;

import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.http.NoAnswerException;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
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
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Looks at the public OCSP responder and the CRLs, as a relying party would, until they say that
/// certificates are revoked. Signatures and freshness are checked by the JDK's own code, which
/// knows nothing of the server's.
final class StatusWatch {

  /// Where relying parties look.
  enum Place {
    OCSP,
    CRL;

    @Override
    public String toString() {
      return this == OCSP ? "ocsp" : "crl";
    }
  }

  /// A revoked certificate, its issuer, and the CRL that will list it.
  record Revoked(X509Certificate certificate, X509Certificate issuer, URI crl) {

    SerialNumber serial() {
      return new SerialNumber(certificate.getSerialNumber());
    }
  }

  /// @param after the time between the start of the watch and the first answer that said so
  record Sighting(SerialNumber serial, Place place, Duration after) {}

  /// What is still to be seen.
  ///
  /// @param last what was seen there instead, the last time
  record Missing(SerialNumber serial, Place place, String last) {}

  /// @param missing empty if all was seen in time
  record Outcome(List<Sighting> sightings, List<Missing> missing) {}

  private record Look(Revoked certificate, Place place) {}

  /// Lets some time go by.
  interface Pause {
    void last(Duration time);
  }

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final Http http;
  private final InstantSource clock;
  private final Pause pause;

  StatusWatch(Http http, InstantSource clock, Pause pause) {
    this.http = http;
    this.clock = clock;
    this.pause = pause;
  }

  /// Returns when every certificate was seen revoked in each of the places, or the time is over.
  Outcome await(
      List<Revoked> certificates, Set<Place> places, Duration timeout, Consumer<String> progress) {
    var start = clock.instant();
    var sightings = new ArrayList<Sighting>();
    var open = new LinkedHashMap<Look, String>();
    for (var place : places) {
      for (var certificate : certificates) {
        open.put(new Look(certificate, place), "not asked yet");
      }
    }
    var wait = FIRST_PAUSE;
    while (true) {
      for (var look : List.copyOf(open.keySet())) {
        var instead = lookAt(look);
        if (instead.isPresent()) {
          open.put(look, instead.get());
          continue;
        }
        open.remove(look);
        var after = Duration.between(start, clock.instant());
        sightings.add(new Sighting(look.certificate().serial(), look.place(), after));
        progress.accept(
            "%s says revoked: %s (after %d.%d s)"
                .formatted(
                    look.place() == Place.OCSP ? "OCSP" : "The CRL",
                    look.certificate().serial(),
                    after.toSeconds(),
                    after.toMillisPart() / 100));
      }
      if (open.isEmpty() || !clock.instant().plus(wait).isBefore(start.plus(timeout))) {
        return new Outcome(List.copyOf(sightings), missing(open));
      }
      pause.last(wait);
      wait =
          wait.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? wait.multipliedBy(2) : LONGEST_PAUSE;
    }
  }

  private static List<Missing> missing(Map<Look, String> open) {
    return open.entrySet().stream()
        .map(entry ->
            new Missing(
                entry.getKey().certificate().serial(), entry.getKey().place(), entry.getValue()))
        .toList();
  }

  /// Empty if the certificate is seen revoked, otherwise what is seen instead.
  private Optional<String> lookAt(Look look) {
    return switch (look.place()) {
      case OCSP -> askOcsp(look.certificate());
      case CRL -> readCrl(look.certificate());
    };
  }

  private Optional<String> askOcsp(Revoked revoked) {
    try {
      var path =
          CertificateFactory.getInstance("X.509").generateCertPath(List.of(revoked.certificate()));
      var validator = CertPathValidator.getInstance("PKIX");
      var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
      checker.setOptions(Set.of(PKIXRevocationChecker.Option.NO_FALLBACK));
      var parameters = new PKIXParameters(Set.of(new TrustAnchor(revoked.issuer(), null)));
      parameters.addCertPathChecker(checker);
      validator.validate(path, parameters);
      return Optional.of("OCSP still says good");
    } catch (CertPathValidatorException no) {
      return no.getReason() == BasicReason.REVOKED
          ? Optional.empty()
          : Optional.of("no OCSP answer: " + rootOf(no));
    } catch (GeneralSecurityException broken) {
      return Optional.of("no OCSP answer: " + rootOf(broken));
    }
  }

  private Optional<String> readCrl(Revoked revoked) {
    try {
      var response = http.send(HttpRequest.newBuilder(revoked.crl()).GET());
      if (response.statusCode() != 200) {
        return Optional.of(revoked.crl() + ": HTTP status " + response.statusCode());
      }
      var crl =
          (X509CRL)
              CertificateFactory.getInstance("X.509")
                  .generateCRL(new ByteArrayInputStream(response.body()));
      crl.verify(revoked.issuer().getPublicKey());
      if (isStale(crl, clock.instant())) {
        return Optional.of(
            "the CRL should have been replaced by " + crl.getNextUpdate().toInstant());
      }
      return crl.getRevokedCertificate(revoked.certificate().getSerialNumber()) != null
          ? Optional.empty()
          : Optional.of("the CRL of " + crl.getThisUpdate().toInstant() + " does not list it");
    } catch (NoAnswerException silence) {
      return Optional.of("no CRL: " + silence.getMessage());
    } catch (CRLException malformed) {
      return Optional.of("no CRL: " + malformed.getMessage());
    } catch (GeneralSecurityException wrong) {
      return Optional.of("the CRL is not signed by the issuer: " + wrong.getMessage());
    }
  }

  private static boolean isStale(X509CRL crl, Instant now) {
    return crl.getNextUpdate() != null && crl.getNextUpdate().toInstant().isBefore(now);
  }

  private static String rootOf(Throwable failed) {
    var root = failed;
    for (int depth = 0; root.getCause() != null && depth < 16; depth++) {
      root = root.getCause();
    }
    return Optional.ofNullable(root.getMessage()).orElse(root.getClass().getSimpleName());
  }
}
