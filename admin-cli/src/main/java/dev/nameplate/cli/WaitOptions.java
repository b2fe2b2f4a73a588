package dev.nameplate.cli;

import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.cli.StatusWatch.Place;
import dev.nameplate.cli.StatusWatch.Wanted;
import dev.nameplate.cli.StatusWatch.Watched;
import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.status.IssuerSearch;
import dev.nameplate.cli.status.Issuers;
import dev.nameplate.cli.status.MalformedStatusException;
import dev.nameplate.cli.status.StatusPointers;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.canary.RelyingParty;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpClient;
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

/// Whether to wait until relying parties can see a revocation, or the end of a hold.
final class WaitOptions {

  private static final Duration ONE_REQUEST = Duration.ofSeconds(10);

  @Option(
      names = "--wait",
      paramLabel = "ocsp,crl,delta",
      split = ",",
      hideParamSyntax = true,
      description =
          "Return only when the public OCSP responders, the CRLs, or the CRLs with their deltas say"
              + " so; they are asked at every URL that the certificates name. Ends with 8 if that"
              + " takes too long: what was done stays done.")
  Set<Place> places = Set.of();

  @Option(
      names = "--public",
      paramLabel = "URL",
      description =
          "Ask at this scheme, host and port instead of those in the certificates: past a cache, or"
              + " from where their names are not known.")
  @Nullable URI base;

  @Option(
      names = "--timeout",
      paramLabel = "TIME",
      defaultValue = "60s",
      description = "How long to wait. Default: ${DEFAULT-VALUE}.")
  Duration timeout = Duration.ofSeconds(60);

  /// Looks until every one of these certificates that has not expired is seen so. Without --wait,
  /// does nothing.
  ///
  /// @return for each serial and place after how long it was seen
  StatusWatch.Outcome await(
      Console console,
      Context context,
      AdminClient client,
      Wanted wanted,
      List<AdminApi.Certificate> certificates) {
    if (places.isEmpty()) {
      return new StatusWatch.Outcome(List.of(), List.of());
    }
    var authorities = context.anchors();
    var watched = new ArrayList<Watched>();
    var now = InstantSource.system().instant();
    for (var each : certificates) {
      if (!each.notAfter().isAfter(now)) {
        console.say(
            "Certificate %s expired at %s: nobody says any more whether it is revoked."
                .formatted(each.serial(), each.notAfter()));
      } else if (each.state().equals("issued")) {
        var whole =
            client.get(
                AdminApi.Certificate.class,
                Map.of("issuer", each.issuer()),
                "certificates",
                each.serial());
        var certificate = parse(each.serial(), whole.pem());
        watched.add(
            new Watched(
                certificate, issuerOf(certificate, authorities, context), urls(certificate)));
      }
    }
    var all = new TreeSet<>(places);
    console.say(
        "Waiting for %s to say so (at most %d s) ..."
            .formatted(
                all.stream().map(Place::toString).collect(Collectors.joining(" and ")),
                timeout.toSeconds()));
    var watch =
        new StatusWatch(
            new RelyingParty(HttpClient.newHttpClient(), ONE_REQUEST, InstantSource.system()),
            this::asked,
            InstantSource.system(),
            time -> LockSupport.parkNanos(time.toNanos()));
    return watch.await(wanted, watched, all, timeout, console::say);
  }

  /// Waits for one certificate, and prints it with what was seen of it.
  ///
  /// @throws CommandFailure with exit code 8, if something was not seen
  void awaitAndPrint(
      Console console,
      Context context,
      AdminClient client,
      Wanted wanted,
      AdminApi.Certificate certificate,
      boolean already,
      boolean json) {
    var outcome = await(console, context, client, wanted, List.of(certificate));
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("certificate", certificate);
      answer.put("already", already);
      answer.put("seen", json(outcome));
      answer.put("missing", missing(outcome));
      console.printJson(answer);
    } else {
      console.print(Listing.certificate(certificate));
      print(console, outcome);
    }
    requireComplete(wanted, outcome);
  }

  /// For each certificate and place, when it was seen there, or what was seen instead. Without
  /// --wait, nothing.
  void print(Console console, StatusWatch.Outcome outcome) {
    if (places.isEmpty()) {
      return;
    }
    var table = Table.of("SERIAL", "PLACE", "URL", "SEEN");
    for (var seen : outcome.sightings()) {
      table.row(seen.serial(), seen.place(), seen.url(), "after " + seconds(seen.after()));
    }
    for (var not : outcome.missing()) {
      table.row(
          not.serial(),
          not.place(),
          not.url().map(URI::toString).orElse("-"),
          "not yet: " + not.last());
    }
    console.print("");
    console.print(table);
  }

  private static String seconds(Duration time) {
    return "%d.%d s".formatted(time.toSeconds(), time.toMillisPart() / 100);
  }

  /// @throws CommandFailure with exit code 8, if something was not seen
  static void requireComplete(Wanted wanted, StatusWatch.Outcome outcome) {
    if (!outcome.missing().isEmpty()) {
      throw CommandFailure.of(
              ExitCode.TIMEOUT,
              (wanted == Wanted.REVOKED ? "revoked" : "released")
                  + ", but relying parties cannot see it yet:\n"
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
          json.put("url", seen.url());
          json.put("after", seen.after());
          return (Map<String, Object>) json;
        })
        .toList();
  }

  /// What was not seen in time, per serial and place.
  static List<Map<String, Object>> missing(StatusWatch.Outcome outcome) {
    return outcome.missing().stream()
        .map(not -> {
          var json = new LinkedHashMap<String, Object>();
          json.put("serial", not.serial().hex());
          json.put("place", not.place().toString());
          json.put("url", not.url().orElse(null));
          json.put("instead", not.last());
          return (Map<String, Object>) json;
        })
        .toList();
  }

  /// Where this certificate says that its status can be had.
  private Map<Place, List<URI>> urls(X509Certificate certificate) {
    try {
      var pointers = StatusPointers.of(certificate);
      var crls = pointers.crls().stream().map(this::asked).toList();
      return Map.of(
          Place.OCSP,
          pointers.ocsp().stream().map(this::asked).toList(),
          Place.CRL,
          crls,
          Place.DELTA,
          crls);
    } catch (MalformedStatusException malformed) {
      throw CommandFailure.error(String.valueOf(malformed.getMessage())).because(malformed);
    }
  }

  private URI asked(URI url) {
    return base == null ? url : StatusPointers.at(PublicUrl.checked(base), url);
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

  /// An authority that was added later is not in the context's file, but one in there signed it.
  private X509Certificate issuerOf(
      X509Certificate certificate, List<X509Certificate> authorities, Context context) {
    return new IssuerSearch(new Http(ONE_REQUEST), this::asked)
        .find(certificate, authorities)
        .filter(issuer ->
            authorities.contains(issuer) || Issuers.issuerOf(issuer, authorities).isPresent())
        .orElseThrow(() ->
            CommandFailure.error(
                "the issuer of "
                    + new SerialNumber(certificate.getSerialNumber())
                    + " is neither in "
                    + context.trust()
                    + " nor signed by one that is"));
  }
}
