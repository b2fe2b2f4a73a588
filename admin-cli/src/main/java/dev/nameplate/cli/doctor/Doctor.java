package dev.nameplate.cli.doctor;

import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.http.NoAnswerException;
import dev.nameplate.cli.status.IssuerSearch;
import dev.nameplate.cli.status.MalformedStatusException;
import dev.nameplate.cli.status.StatusPointers;
import java.net.URI;
import java.net.http.HttpRequest;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.random.RandomGenerator;

/// Examines the status of certificates at the URLs that they name, and everything on the way there.
public final class Doctor {

  private static final String NO_REVOCATION_AVAILABLE = "2.5.29.56";

  private final Http http;
  private final InstantSource clock;
  private final UnaryOperator<URI> where;
  private final IssuerSearch issuers;
  private final OcspCheckup ocsp;
  private final CrlCheckup crls;

  /// @param where a URL in a certificate as it is reached from here
  public Doctor(Http http, InstantSource clock, RandomGenerator random, UnaryOperator<URI> where) {
    this.http = http;
    this.clock = clock;
    this.where = where;
    this.issuers = new IssuerSearch(http, where);
    this.ocsp = new OcspCheckup(http, clock, random);
    this.crls = new CrlCheckup(http, clock, where);
  }

  /// Looks up each of the certificates. What is common to several is looked at once.
  ///
  /// @param authorities that may have issued them; others are fetched where a certificate says
  public List<Finding> examine(
      List<X509Certificate> certificates, List<X509Certificate> authorities) {
    var findings = Findings.at("");
    var done = new HashSet<String>();
    for (var certificate : certificates) {
      examine(certificate, authorities, done, findings);
    }
    return findings.all();
  }

  private void examine(
      X509Certificate certificate,
      List<X509Certificate> authorities,
      Set<String> done,
      Findings findings) {
    var at = findings.elsewhere(Subject.shortly(certificate));
    StatusPointers pointers;
    try {
      pointers = StatusPointers.of(certificate);
    } catch (MalformedStatusException malformed) {
      at.fail(
          "certificate.pointers",
          String.valueOf(malformed.getMessage()),
          "Issue another one: RFC 5280 sections 4.2.1.13 and 4.2.2.1.");
      return;
    }
    at.life(
        "certificate.validity",
        "the certificate",
        certificate,
        clock.instant(),
        "Renew it: after its end nobody asks for its status.");
    var issuer = issuers.find(certificate, authorities);
    if (issuer.isEmpty()) {
      at.fail(
          "certificate.issuer",
          "nobody at hand issued it, and it names no place where its issuer is to be had",
          "Give the authorities with --ca-file.");
      return;
    }
    if (done.add("authority " + Subject.shortly(issuer.get()))) {
      findings
          .elsewhere(Subject.shortly(issuer.get()))
          .life(
              "authority.validity",
              "the authority",
              issuer.get(),
              clock.instant(),
              "Plan its successor: what it issued ends with it.");
    }
    examine(new Subject(certificate, issuer.get(), pointers), done, findings);
  }

  private void examine(Subject subject, Set<String> done, Findings findings) {
    checkPointers(subject, findings.elsewhere(subject));
    for (var url : subject.pointers().issuers()) {
      if (done.add("issuer " + url)) {
        checkIssuer(subject, url, findings.elsewhere(where.apply(url)));
      }
    }
    var byOcsp = new ArrayList<Seen>();
    for (var url : subject.pointers().ocsp()) {
      var at = findings.elsewhere(where.apply(url));
      var seen = ocsp.status(subject, where.apply(url), at);
      byOcsp.add(seen);
      if (seen != Seen.NOTHING && done.add("ocsp " + url + Subject.shortly(subject.issuer()))) {
        ocsp.responder(subject, where.apply(url), at);
      }
    }
    var byCrl = new ArrayList<Seen>();
    for (var url : subject.pointers().crls()) {
      byCrl.add(crls.run(subject, url, findings.elsewhere(where.apply(url))));
    }
    var at = findings.elsewhere(subject);
    var ocspSays = unanimous(byOcsp, "the OCSP responders that it names", at);
    var crlSays = unanimous(byCrl, "the CRLs at the URLs that it names", at);
    checkAgreement(ocspSays, crlSays, at);
  }

  /// What all of a kind say that say anything; empty if none does, or they contradict each other.
  private static Optional<Seen> unanimous(List<Seen> seen, String who, Findings findings) {
    var says = seen.stream().filter(each -> each != Seen.NOTHING).distinct().toList();
    if (says.size() > 1) {
      findings.warn(
          "agreement",
          who + " do not agree: one says good, another revoked",
          "Is one of them behind, or not of this deployment any more?");
    }
    return says.size() == 1 ? Optional.of(says.getFirst()) : Optional.empty();
  }

  private static void checkPointers(Subject subject, Findings findings) {
    var pointers = subject.pointers();
    if (!pointers.ocsp().isEmpty() || !pointers.crls().isEmpty()) {
      findings.ok(
          "certificate.pointers",
          "it names "
              + (pointers.crls().isEmpty()
                  ? "an OCSP responder"
                  : pointers.ocsp().isEmpty() ? "a CRL" : "an OCSP responder and a CRL"));
    } else if (subject.certificate().getExtensionValue(NO_REVOCATION_AVAILABLE) != null) {
      findings.ok("certificate.pointers", "it is short-lived, and never revoked (RFC 9608)");
    } else {
      findings.warn(
          "certificate.pointers",
          "it names neither an OCSP responder nor a CRL: nobody sees it revoked",
          "Put both URLs into the profile, or noRevAvail into one that is short-lived.");
    }
  }

  private void checkIssuer(Subject subject, URI named, Findings findings) {
    var advice = "Publish the issuer's certificate there in DER, as application/pkix-cert.";
    try {
      var response = http.send(HttpRequest.newBuilder(where.apply(named)).GET());
      if (response.statusCode() != 200) {
        findings.fail("authority.url", "HTTP status " + response.statusCode(), advice);
        return;
      }
      var found = IssuerSearch.parse(response.body());
      if (!found.getPublicKey().equals(subject.issuer().getPublicKey())
          || !found
              .getSubjectX500Principal()
              .equals(subject.certificate().getIssuerX500Principal())) {
        findings.fail("authority.url", "the certificate there is not that of the issuer", advice);
      } else if (!HttpRules.hasType(response, "application/pkix-cert")) {
        findings.note(
            "authority.url",
            "the media type is '%s'".formatted(HttpRules.header(response, "Content-Type")),
            advice);
      } else {
        findings.ok("authority.url", "the issuer's certificate is there");
      }
    } catch (NoAnswerException | MalformedStatusException not) {
      findings.fail("authority.url", String.valueOf(not.getMessage()), advice);
    }
  }

  private static void checkAgreement(
      Optional<Seen> byOcsp, Optional<Seen> byCrl, Findings findings) {
    if (byOcsp.isEmpty() || byCrl.isEmpty()) {
      return;
    }
    if (byOcsp.equals(byCrl)) {
      findings.ok(
          "agreement",
          "OCSP and CRL agree: it is " + (byOcsp.get() == Seen.REVOKED ? "revoked" : "good"));
    } else if (byOcsp.get() == Seen.REVOKED) {
      findings.warn(
          "agreement",
          "OCSP says revoked, and the CRL does not list it yet",
          "Ask again when the next CRL is out; if it stays so, look at the job that makes CRLs.");
    } else {
      findings.fail(
          "agreement",
          "the CRL lists it, and OCSP says good",
          "Does the responder see the same database, or a replica that lags, or a cache?");
    }
  }
}
