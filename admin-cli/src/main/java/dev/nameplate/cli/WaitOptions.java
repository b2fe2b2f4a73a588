package dev.nameplate.cli;

import dev.nameplate.cli.StatusWatch.Place;
import dev.nameplate.cli.StatusWatch.Revoked;
import dev.nameplate.cli.http.Http;
import dev.nameplate.server.admin.AdminApi;
import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Whether to wait until relying parties can see a revocation.
final class WaitOptions {

  private static final Duration ONE_REQUEST = Duration.ofSeconds(10);

  @Option(
      names = "--wait",
      paramLabel = "ocsp,crl",
      split = ",",
      hideParamSyntax = true,
      description =
          "Return only when the public OCSP responder, the CRL, or both say revoked; they are asked"
              + " at the URLs that the certificates name. Ends with 8 if that takes too long: what"
              + " was revoked stays revoked.")
  Set<Place> places = Set.of();

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "How long to wait. Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofSeconds(60);

  /// Looks until every one of these certificates is seen revoked. Without --wait, does nothing.
  ///
  /// @return for each serial and place after how long it was seen
  StatusWatch.Outcome await(
      Console console,
      Context context,
      AdminClient client,
      List<AdminApi.Certificate> certificates) {
    if (places.isEmpty()) {
      return new StatusWatch.Outcome(List.of(), List.of());
    }
    var authorities = context.anchors();
    var revoked = new ArrayList<Revoked>();
    for (var each : certificates) {
      if (each.state().equals("issued")) {
        var whole =
            client.get(
                AdminApi.Certificate.class,
                Map.of("issuer", each.issuer()),
                "certificates",
                each.serial());
        var certificate = parse(each.serial(), whole.pem());
        revoked.add(
            new Revoked(certificate, issuerOf(certificate, authorities, context), each.crlUrl()));
      }
    }
    var watched = new TreeSet<>(places);
    console.say(
        "Waiting for %s to say so (at most %d s) ..."
            .formatted(
                watched.stream().map(Place::toString).collect(Collectors.joining(" and ")),
                timeout.toSeconds()));
    var watch =
        new StatusWatch(
            new Http(ONE_REQUEST),
            InstantSource.system(),
            time -> LockSupport.parkNanos(time.toNanos()));
    return watch.await(revoked, watched, timeout, console::say);
  }

  /// @throws CommandFailure with exit code 8, if something was not seen
  static void requireComplete(StatusWatch.Outcome outcome) {
    if (!outcome.missing().isEmpty()) {
      throw CommandFailure.of(
              ExitCode.TIMEOUT,
              "revoked, but relying parties cannot see it yet:\n"
                  + outcome.missing().stream()
                      .map(each -> "  " + each.serial() + ": " + each.last())
                      .collect(Collectors.joining("\n")))
          .next("Run the same command again to go on waiting.");
    }
  }

  /// Per serial, after how many seconds it was seen where.
  static List<Map<String, Object>> json(StatusWatch.Outcome outcome) {
    return outcome.sightings().stream()
        .map(seen -> {
          var json = new LinkedHashMap<String, Object>();
          json.put("serial", seen.serial().hex());
          json.put("place", seen.place().toString());
          json.put("after", seen.after());
          return (Map<String, Object>) json;
        })
        .toList();
  }

  private static X509Certificate parse(String serial, @Nullable String pem) {
    try {
      if (pem != null
          && CertificateFactory.getInstance("X.509")
                  .generateCertificate(
                      new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)))
              instanceof X509Certificate certificate) {
        return certificate;
      }
      throw CommandFailure.error("the server does not give out certificate " + serial);
    } catch (CertificateException malformed) {
      throw CommandFailure.error("the server's certificate " + serial + " cannot be read")
          .because(malformed);
    }
  }

  private static X509Certificate issuerOf(
      X509Certificate certificate, List<X509Certificate> authorities, Context context) {
    return authorities.stream()
        .filter(each -> each.getSubjectX500Principal().equals(certificate.getIssuerX500Principal()))
        .findFirst()
        .orElseThrow(() ->
            CommandFailure.error(
                "the issuer of "
                    + certificate.getSerialNumber().toString(16)
                    + " is not in "
                    + context.trust()));
  }
}
