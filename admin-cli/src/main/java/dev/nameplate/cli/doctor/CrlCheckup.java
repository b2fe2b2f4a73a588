package dev.nameplate.cli.doctor;

import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.http.NoAnswerException;
import dev.nameplate.cli.status.CrlReading;
import dev.nameplate.cli.status.MalformedStatusException;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Reads a CRL as relying parties do (RFC 5280 section 5).
final class CrlCheckup {

  private static final int TENTH = 10;
  private static final int PART = 100;

  private final Http http;
  private final InstantSource clock;
  private final UnaryOperator<URI> where;

  /// @param where a URL in a certificate as it is reached from here
  CrlCheckup(Http http, InstantSource clock, UnaryOperator<URI> where) {
    this.http = http;
    this.clock = clock;
    this.where = where;
  }

  /// What the CRL says about a certificate, and whether it can be believed.
  ///
  /// @param named as the certificate has it
  Seen run(Subject subject, URI named, Findings findings) {
    var url = where.apply(named);
    HttpResponse<byte[]> response;
    try {
      response = http.send(HttpRequest.newBuilder(url).GET());
    } catch (NoAnswerException silence) {
      findings.fail(
          "crl.reach",
          String.valueOf(silence.getMessage()),
          "Is the server of the CRL running, and do its name and port lead to it from here?");
      return Seen.NOTHING;
    }
    if (response.statusCode() != 200) {
      findings.fail(
          "crl.reach",
          "there is no CRL: HTTP status " + response.statusCode(),
          "Is it published at the URL that the certificates name?");
      return Seen.NOTHING;
    }
    checkType(response, findings);
    CrlReading list;
    try {
      list = CrlReading.parse(response.body());
    } catch (MalformedStatusException strange) {
      findings.fail(
          "crl.parses",
          String.valueOf(strange.getMessage()),
          "Publish the CRL itself in DER: no PEM, no page of a proxy.");
      return Seen.NOTHING;
    }
    findings.ok(
        "crl.parses", "%d entries in %d bytes".formatted(list.size(), response.body().length));
    if (!list.isSignedBy(subject.issuer())) {
      findings.fail(
          "crl.signature",
          "it is not signed by the issuer of " + subject,
          "After a change of keys the old key has to sign a CRL of its own, at a URL of its own.");
      return Seen.NOTHING;
    }
    findings.ok("crl.signature", "it is signed by the issuer");
    checkFields(list, subject, findings);
    checkScope(list, named, findings);
    boolean fresh = checkTimes(list, findings);
    list.nextUpdate()
        .ifPresent(nextUpdate ->
            HttpRules.checkCaching("crl.caching", response, clock.instant(), nextUpdate, findings));
    try {
      checkConditional(url, response, findings);
      checkHead(url, response, findings);
      checkRange(url, response, findings);
      checkDelta(list, subject, findings);
    } catch (NoAnswerException silence) {
      findings.warn(
          "crl.again",
          "it was answered once, and then not: " + silence.getMessage(),
          "Does the server limit how often one address may ask?");
    }
    if (!fresh || list.base().isPresent()) {
      return Seen.NOTHING;
    }
    return list.lists(subject.certificate()) ? Seen.REVOKED : Seen.GOOD;
  }

  private static void checkType(HttpResponse<?> response, Findings findings) {
    if (HttpRules.hasType(response, "application/pkix-crl")) {
      findings.ok("crl.reach", "GET is answered");
    } else {
      findings.note(
          "crl.reach",
          "the media type is '%s'".formatted(HttpRules.header(response, "Content-Type")),
          "Answer with Content-Type: application/pkix-crl (RFC 2585).");
    }
  }

  private static void checkFields(CrlReading list, Subject subject, Findings findings) {
    var key = CrlReading.keyIdentifier(subject.issuer());
    if (list.number().isEmpty()) {
      findings.warn(
          "crl.fields", "it has no CRL number", "RFC 5280 section 5.2.3 wants one in every CRL.");
    } else if (list.authorityKey().isEmpty()) {
      findings.warn(
          "crl.fields",
          "it has no authority key identifier",
          "RFC 5280 section 5.2.1 wants one: with two keys of one name, nothing else helps.");
    } else if (key.isPresent() && !key.equals(list.authorityKey())) {
      findings.fail(
          "crl.fields",
          "its authority key identifier is that of another key",
          "Let it be the subject key identifier of the certificate of the key that signs.");
    } else if (list.base().isPresent()) {
      findings.fail(
          "crl.fields",
          "this is a delta CRL, and there should be a complete one",
          "Name the complete CRL in cRLDistributionPoints, the delta in freshestCRL.");
    } else {
      findings.ok("crl.fields", "number " + list.number().get());
    }
  }

  private static void checkScope(CrlReading list, URI named, Findings findings) {
    if (list.scope().isEmpty()) {
      findings.ok("crl.scope", "it is about all that this authority issued");
      return;
    }
    var scope = list.scope().get();
    if (!scope.critical()) {
      findings.fail(
          "crl.scope",
          "its issuing distribution point is not critical: clients take a part for the whole",
          "Mark the extension critical (RFC 5280 section 5.2.5).");
    } else if (!scope.urls().isEmpty() && !scope.urls().contains(named)) {
      findings.fail(
          "crl.scope",
          "it says that it is the CRL of " + scope.urls().getFirst(),
          "The issuing distribution point must repeat the URL of the certificates, to the letter.");
    } else {
      findings.ok("crl.scope", "it is about a part, and the certificate belongs to it");
    }
  }

  /// @return whether it is in force
  private boolean checkTimes(CrlReading list, Findings findings) {
    var now = clock.instant();
    if (list.thisUpdate().isAfter(now.plus(ClockCheck.TOLERANCE))) {
      findings.fail(
          "crl.times",
          "it is from the future: thisUpdate is " + list.thisUpdate(),
          "Set the clock of the authority, or this one.");
      return false;
    }
    if (list.nextUpdate().isEmpty()) {
      findings.warn(
          "crl.times",
          "it has no nextUpdate, so nobody knows for how long it is good",
          "RFC 5280 section 5.1.2.5 wants one.");
      return true;
    }
    var nextUpdate = list.nextUpdate().get();
    if (!nextUpdate.isAfter(now)) {
      findings.fail(
          "crl.times",
          "it expired at " + nextUpdate,
          "Publish a new one at once; see why that did not happen by itself.");
      return false;
    }
    if (margin(list.thisUpdate(), nextUpdate, now)) {
      findings.ok("crl.times", "good from %s until %s".formatted(list.thisUpdate(), nextUpdate));
    } else {
      findings.warn(
          "crl.times",
          "it expires soon, at " + nextUpdate + ", and there is no newer one yet",
          "Publish the next one well before nextUpdate: a signer that stops should be survived.");
    }
    return true;
  }

  private static boolean margin(Instant from, Instant until, Instant now) {
    return Duration.between(now, until).compareTo(Duration.between(from, until).dividedBy(TENTH))
        >= 0;
  }

  private void checkConditional(URI url, HttpResponse<byte[]> first, Findings findings)
      throws NoAnswerException {
    var tag = HttpRules.header(first, "ETag");
    if (tag.isEmpty()) {
      findings.note(
          "crl.etag",
          "it has no ETag, so everybody loads all of it each time",
          "Send one, and answer If-None-Match with 304.");
      return;
    }
    var again = http.send(HttpRequest.newBuilder(url).header("If-None-Match", tag).GET());
    if (again.statusCode() == 304) {
      findings.ok("crl.etag", "who has it already is told so (304)");
    } else {
      findings.note(
          "crl.etag",
          "If-None-Match with the ETag just seen is answered with " + again.statusCode(),
          "Answer 304, unless there is a new CRL.");
    }
  }

  private void checkHead(URI url, HttpResponse<byte[]> first, Findings findings)
      throws NoAnswerException {
    var head = http.send(HttpRequest.newBuilder(url).method("HEAD", BodyPublishers.noBody()));
    var length = HttpRules.header(head, "Content-Length");
    if (head.statusCode() == 200 && length.equals(Integer.toString(first.body().length))) {
      findings.ok("crl.head", "HEAD tells its size");
    } else {
      findings.note(
          "crl.head",
          "HEAD is answered with status %d and the size '%s'".formatted(head.statusCode(), length),
          "Answer HEAD as GET, without the body.");
    }
  }

  private void checkRange(URI url, HttpResponse<byte[]> first, Findings findings)
      throws NoAnswerException {
    var part =
        http.send(HttpRequest.newBuilder(url).header("Range", "bytes=0-" + (PART - 1)).GET());
    if (part.statusCode() == 206 && part.body().length == Math.min(PART, first.body().length)) {
      findings.ok("crl.range", "a broken download can be continued (206)");
    } else {
      findings.note(
          "crl.range",
          "a request for a part is answered with " + part.statusCode(),
          "Take Range requests, so that large CRLs get through on bad lines.");
    }
  }

  private void checkDelta(CrlReading list, Subject subject, Findings findings)
      throws NoAnswerException {
    for (var named : list.freshest()) {
      checkDelta(list, named, subject, findings.elsewhere(where.apply(named)));
    }
  }

  private void checkDelta(CrlReading list, URI named, Subject subject, Findings at)
      throws NoAnswerException {
    var advice = "Publish a delta CRL there, or leave freshestCRL out.";
    try {
      var response = http.send(HttpRequest.newBuilder(where.apply(named)).GET());
      if (response.statusCode() != 200) {
        throw new MalformedStatusException("HTTP status " + response.statusCode());
      }
      var delta = CrlReading.parse(response.body());
      deltaFault(delta, list, subject)
          .ifPresentOrElse(
              fault -> at.fail("crl.delta", fault, advice),
              () ->
                  at.ok(
                      "crl.delta",
                      "number %s, on top of %s"
                          .formatted(
                              delta.number().map(Object::toString).orElse("?"),
                              delta.base().orElseThrow())));
    } catch (MalformedStatusException strange) {
      at.fail("crl.delta", "there is no delta CRL: " + strange.getMessage(), advice);
    }
  }

  private Optional<String> deltaFault(CrlReading delta, CrlReading list, Subject subject) {
    if (delta.base().isEmpty()) {
      return Optional.of("the CRL there is not a delta CRL");
    }
    if (!delta.isSignedBy(subject.issuer())) {
      return Optional.of("the delta CRL is not signed by the issuer");
    }
    if (list.number().isPresent() && delta.base().get().compareTo(list.number().get()) > 0) {
      return Optional.of(
          "the delta CRL is on top of a complete one that is newer than the one" + " published");
    }
    return delta.nextUpdate().filter(until -> !until.isAfter(clock.instant())).isPresent()
        ? Optional.of("the delta CRL expired at " + delta.nextUpdate().get())
        : Optional.empty();
  }
}
