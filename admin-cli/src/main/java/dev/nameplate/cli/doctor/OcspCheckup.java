package dev.nameplate.cli.doctor;

import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.http.NoAnswerException;
import dev.nameplate.cli.status.Issuers;
import dev.nameplate.cli.status.MalformedStatusException;
import dev.nameplate.cli.status.OcspQuestion;
import dev.nameplate.cli.status.OcspReading;
import dev.nameplate.cli.status.OcspReading.Answer;
import dev.nameplate.cli.status.OcspReading.NoAnswer;
import dev.nameplate.cli.status.OcspReading.Single;
import dev.nameplate.cli.status.OcspReading.Status;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// Asks a responder what clients ask, and what they should not (RFC 6960, RFC 9654, RFC 9919).
final class OcspCheckup {

  private static final String REQUEST_TYPE = "application/ocsp-request";
  private static final String RESPONSE_TYPE = "application/ocsp-response";
  private static final String OCSP_SIGNING = "1.3.6.1.5.5.7.3.9";
  private static final String NO_CHECK = "1.3.6.1.5.5.7.48.1.5";
  private static final int MALFORMED_REQUEST = 1;
  private static final int NONCE_SIZE = 32;

  // more than any request is, and little enough to fit on its way whole before it is refused
  private static final int OVERSIZE = 60 * 1024;
  private static final int ATTEMPTS = 3;

  private final Http http;
  private final InstantSource clock;
  private final RandomGenerator random;

  private record Asked(HttpResponse<byte[]> response, OcspReading reading) {}

  OcspCheckup(Http http, InstantSource clock, RandomGenerator random) {
    this.http = http;
    this.clock = clock;
    this.random = random;
  }

  /// What the responder says about one certificate, and whether it can be believed.
  Seen status(Subject subject, URI url, Findings findings) {
    var question = OcspQuestion.about(subject.issuer(), subject.certificate().getSerialNumber());
    Asked asked;
    try {
      asked = post(url, question.der());
    } catch (NoAnswerException silence) {
      findings.fail(
          "ocsp.reach",
          String.valueOf(silence.getMessage()),
          "Is the responder running, and do its name and port lead to it from here?");
      return Seen.NOTHING;
    } catch (MalformedStatusException strange) {
      findings.fail(
          "ocsp.reach",
          "a POST is answered by something else: " + strange.getMessage(),
          "Does the URL in the certificates lead to the responder, and no proxy answer for it?");
      return Seen.NOTHING;
    }
    ClockCheck.run(asked.response(), clock, findings);
    if (!HttpRules.hasType(asked.response(), RESPONSE_TYPE)) {
      findings.warn(
          "ocsp.reach",
          "the media type is '%s'".formatted(HttpRules.header(asked.response(), "Content-Type")),
          "Answer with Content-Type: " + RESPONSE_TYPE + "; some clients insist.");
    } else {
      findings.ok("ocsp.reach", "POST is answered");
    }
    return switch (asked.reading()) {
      case NoAnswer refusal -> {
        findings.fail(
            "ocsp.status",
            "it says %s about %s".formatted(refusal, subject),
            "Is the issuer of this certificate one that the responder answers for, and is its"
                + " signing key there?");
        yield Seen.NOTHING;
      }
      case Answer answer -> read(answer, question, subject, findings);
    };
  }

  private Seen read(Answer answer, OcspQuestion question, Subject subject, Findings findings) {
    var about = answer.about(question);
    if (about.isEmpty()) {
      findings.fail(
          "ocsp.status",
          "the answer is about another certificate",
          "Does a cache in between mix up answers?");
      return Seen.NOTHING;
    }
    var single = about.get();
    var believed = checkSigner(answer, single, subject.issuer(), findings);
    checkTimes(answer, single, findings);
    var standing = standing(single);
    if (single.status() == Status.UNKNOWN) {
      findings.fail(
          "ocsp.status",
          "it does not know " + subject,
          "Was it issued by this authority? If so, the responder does not see all that is issued.");
      return Seen.NOTHING;
    }
    findings.ok("ocsp.status", subject + " is " + standing);
    if (!believed) {
      return Seen.NOTHING;
    }
    return single.status() == Status.REVOKED ? Seen.REVOKED : Seen.GOOD;
  }

  /// Everything that does not depend on one certificate.
  void responder(Subject subject, URI url, Findings findings) {
    checkGet(subject, url, findings);
    checkNonce(subject, url, findings);
    checkUnissued(subject, url, findings);
    checkGarbage(url, findings);
    checkOversize(url, findings);
  }

  private static String standing(Single single) {
    return single.status()
        + single.since().map(since -> " since " + since).orElse("")
        + single.reason().map(reason -> " (reason " + reason + ")").orElse("");
  }

  /// @return whether relying parties believe the answer
  private boolean checkSigner(
      Answer answer, Single single, X509Certificate issuer, Findings findings) {
    if (answer.isSignedBy(issuer.getPublicKey())) {
      findings.life(
          "ocsp.signer",
          "the authority's certificate, which signs the answers itself,",
          issuer,
          clock.instant(),
          "Renew the authority, or give the responder a certificate of its own.");
      return true;
    }
    var signer =
        answer.certificates().stream()
            .filter(each -> answer.isSignedBy(each.getPublicKey()))
            .findFirst();
    if (signer.isEmpty()) {
      findings.fail(
          "ocsp.signer",
          "neither the authority nor a certificate in the answer made the signature",
          "Which key signs the answers? Put its certificate into them.");
      return false;
    }
    return checkDelegate(signer.get(), single, issuer, findings);
  }

  private boolean checkDelegate(
      X509Certificate signer, Single single, X509Certificate issuer, Findings findings) {
    if (!Issuers.isIssuedBy(signer, issuer)) {
      findings.fail(
          "ocsp.signer",
          "the responder's certificate is not signed by the authority that it answers for",
          "Issue one by the very key of the authority (RFC 6960 section 4.2.2.2).");
      return false;
    }
    if (!usages(signer).contains(OCSP_SIGNING)) {
      findings.fail(
          "ocsp.signer",
          "the responder's certificate is not for OCSP signing",
          "Issue one with the extended key usage id-kp-OCSPSigning.");
      return false;
    }
    var now = clock.instant();
    var until = signer.getNotAfter().toInstant();
    findings.life(
        "ocsp.signer",
        "the responder's certificate",
        signer,
        now,
        "Give the responder a new certificate; see why it was not renewed in time.");
    if (signer.getExtensionValue(NO_CHECK) == null) {
      findings.warn(
          "ocsp.nocheck",
          "the responder's certificate lacks id-pkix-ocsp-nocheck, so clients ask for its status,"
              + " too",
          "Issue a short-lived one with that extension.");
    } else {
      findings.ok("ocsp.nocheck", "nobody has to ask for the status of the responder");
    }
    if (single.nextUpdate().isPresent() && single.nextUpdate().get().isAfter(until)) {
      findings.fail(
          "ocsp.outlives",
          "the answer is good until %s, its signer only until %s"
              .formatted(single.nextUpdate().get(), until),
          "Renew the responder's certificate earlier, or let nextUpdate end with it.");
    } else {
      findings.ok("ocsp.outlives", "no answer outlives its signer");
    }
    return now.isBefore(until);
  }

  private static List<String> usages(X509Certificate certificate) {
    try {
      return Optional.ofNullable(certificate.getExtendedKeyUsage()).orElse(List.of());
    } catch (CertificateParsingException unreadable) {
      return List.of();
    }
  }

  private void checkTimes(Answer answer, Single single, Findings findings) {
    var now = clock.instant();
    if (single.thisUpdate().isAfter(now.plus(ClockCheck.TOLERANCE))
        || answer.producedAt().isAfter(now.plus(ClockCheck.TOLERANCE))) {
      findings.fail(
          "ocsp.times",
          "the answer is from the future: thisUpdate %s, producedAt %s"
              .formatted(single.thisUpdate(), answer.producedAt()),
          "Set the responder's clock, or this one.");
    } else if (single.nextUpdate().isEmpty()) {
      findings.warn(
          "ocsp.times",
          "the answer has no nextUpdate, so nobody knows for how long it is good",
          "Let the responder say it (RFC 9919 section 3.2.2).");
    } else if (!single.nextUpdate().get().isAfter(now)) {
      findings.fail(
          "ocsp.times",
          "the answer was good until " + single.nextUpdate().get(),
          "Why are there no newer ones? See whether the signing key is there, and the caches.");
    } else {
      findings.ok(
          "ocsp.times",
          "good from %s until %s".formatted(single.thisUpdate(), single.nextUpdate().get()));
    }
  }

  private void checkGet(Subject subject, URI url, Findings findings) {
    var question = OcspQuestion.about(subject.issuer(), subject.certificate().getSerialNumber());
    var advice =
        "Let server and proxies take escaped slashes (%2F) in the path, and not decode them.";
    try {
      var asked = get(url, question.escaped());
      if (!(asked.reading() instanceof Answer answer) || answer.about(question).isEmpty()) {
        findings.warn("ocsp.get", "a GET is answered with " + inShort(asked), advice);
        return;
      }
      findings.ok("ocsp.get", "GET is answered");
      var nextUpdate = answer.about(question).orElseThrow().nextUpdate();
      if (nextUpdate.isPresent()) {
        HttpRules.checkCaching(
            "ocsp.caching", asked.response(), clock.instant(), nextUpdate.get(), findings);
      }
      checkConditional(url, question, asked.response(), findings);
    } catch (NoAnswerException | MalformedStatusException not) {
      findings.warn("ocsp.get", "a GET is not answered: " + not.getMessage(), advice);
    }
  }

  private void checkConditional(
      URI url, OcspQuestion question, HttpResponse<?> first, Findings findings)
      throws NoAnswerException {
    var tag = HttpRules.header(first, "ETag");
    if (tag.isEmpty()) {
      findings.note(
          "ocsp.etag", "answers to GET have no ETag", "Send one, so that caches can ask anew.");
      return;
    }
    var again = http.send(request(url, question.escaped()).header("If-None-Match", tag));
    if (again.statusCode() == 304) {
      findings.ok("ocsp.etag", "a cache that has the answer is told so (304)");
    } else {
      findings.note(
          "ocsp.etag",
          "If-None-Match with the ETag just seen is answered with " + again.statusCode(),
          "Keep signed answers for a while, so that the second question gets the same one.");
    }
  }

  private void checkNonce(Subject subject, URI url, Findings findings) {
    var nonce = new byte[NONCE_SIZE];
    random.nextBytes(nonce);
    var question =
        OcspQuestion.about(subject.issuer(), subject.certificate().getSerialNumber(), nonce);
    try {
      var asked = post(url, question.der());
      if (!(asked.reading() instanceof Answer answer)) {
        findings.fail(
            "ocsp.nonce",
            "a request with a nonce of 32 octets is answered with " + inShort(asked),
            "RFC 9654 section 2.1: 16 to 32 octets must be taken.");
      } else if (answer.nonce().isEmpty()) {
        findings.note(
            "ocsp.nonce",
            "the nonce is ignored: an old answer can be replayed until its nextUpdate",
            "Echo it, if the responder signs on demand; if it does not, keep nextUpdate near.");
      } else if (answer.nonce().equals(question.nonce())) {
        findings.ok("ocsp.nonce", "the nonce comes back");
      } else {
        findings.fail(
            "ocsp.nonce",
            "another nonce comes back",
            "A cache hands out answers to requests with a nonce: keep POST out of it.");
      }
    } catch (NoAnswerException | MalformedStatusException not) {
      findings.fail(
          "ocsp.nonce",
          "a request with a nonce is not answered: " + not.getMessage(),
          "RFC 9654 section 2.1: 16 to 32 octets must be taken.");
    }
  }

  /// A serial with so many ones in a row that its base64 has two slashes in a row.
  private void checkUnissued(Subject subject, URI url, Findings findings) {
    var octets = new byte[16];
    random.nextBytes(octets);
    octets[0] = 0x7f;
    octets[1] = octets[2] = octets[3] = octets[4] = octets[5] = (byte) 0xff;
    var question = OcspQuestion.about(subject.issuer(), new BigInteger(1, octets));
    var advice =
        "Let server and proxies leave the path as it is: no merging of slashes, no decoding.";
    try {
      var asked = get(url, question.plain());
      if (asked.reading() instanceof Answer answer && answer.about(question).isPresent()) {
        findings.ok("ocsp.slashes", "GET with // in the path is answered");
        judgeUnissued(answer.about(question).get(), findings);
        return;
      }
      findings.warn(
          "ocsp.slashes", "GET with // in the path is answered with " + inShort(asked), advice);
    } catch (NoAnswerException | MalformedStatusException not) {
      findings.warn(
          "ocsp.slashes", "GET with // in the path is not answered: " + not.getMessage(), advice);
    }
    try {
      var asked = post(url, question.der());
      if (asked.reading() instanceof Answer answer && answer.about(question).isPresent()) {
        judgeUnissued(answer.about(question).get(), findings);
      } else {
        findings.ok(
            "ocsp.unissued", "a serial that was never issued is answered with " + inShort(asked));
      }
    } catch (NoAnswerException | MalformedStatusException not) {
      findings.warn(
          "ocsp.unissued",
          "a serial that was never issued is not answered: " + not.getMessage(),
          "Answer unknown, or revoked with the extended definition.");
    }
  }

  private static void judgeUnissued(Single single, Findings findings) {
    if (single.status() == Status.GOOD) {
      findings.fail(
          "ocsp.unissued",
          "it says good to a serial that was never issued, and so to a forged certificate",
          "Let the responder look at what was issued, not only at what was revoked.");
    } else {
      findings.ok("ocsp.unissued", "a serial that was never issued is " + single.status());
    }
  }

  private void checkGarbage(URI url, Findings findings) {
    var advice = "Answer HTTP 200 with the OCSP status malformedRequest (RFC 6960 section 4.2.1).";
    try {
      var asked = post(url, "this is no OCSP request".getBytes(StandardCharsets.US_ASCII));
      if (asked.reading() instanceof NoAnswer refusal && refusal.status() == MALFORMED_REQUEST) {
        findings.ok("ocsp.malformed", "garbage is called malformedRequest");
      } else {
        findings.note("ocsp.malformed", "garbage is answered with " + inShort(asked), advice);
      }
    } catch (NoAnswerException | MalformedStatusException not) {
      findings.note("ocsp.malformed", "garbage is answered otherwise: " + not.getMessage(), advice);
    }
  }

  private void checkOversize(URI url, Findings findings) {
    var advice = "Refuse with 413 what is larger than any OCSP request, before it is read.";
    try {
      var response = oversize(url);
      if (response.statusCode() == 413) {
        findings.ok("ocsp.oversize", "a request of 60 KiB is too large (413)");
      } else {
        findings.note(
            "ocsp.oversize",
            "a request of 60 KiB is answered with HTTP status " + response.statusCode(),
            advice);
      }
    } catch (NoAnswerException broken) {
      findings.note(
          "ocsp.oversize", "a request of 60 KiB is not answered: " + broken.getMessage(), advice);
    }
  }

  /// Whoever refuses before all has come may close before the refusal is read: that is no silence
  /// until it has happened several times.
  private HttpResponse<byte[]> oversize(URI url) throws NoAnswerException {
    for (int attempt = 1; ; attempt++) {
      try {
        return http.send(posted(url, new byte[OVERSIZE]));
      } catch (NoAnswerException broken) {
        if (attempt == ATTEMPTS) {
          throw broken;
        }
      }
    }
  }

  private static String inShort(Asked asked) {
    return switch (asked.reading()) {
      case NoAnswer refusal -> refusal.toString();
      case Answer _ -> "an answer about something else";
    };
  }

  private Asked post(URI url, byte[] body) throws NoAnswerException, MalformedStatusException {
    return asked(http.send(posted(url, body)));
  }

  private Asked get(URI url, String path) throws NoAnswerException, MalformedStatusException {
    return asked(http.send(request(url, path)));
  }

  private static Asked asked(HttpResponse<byte[]> response) throws MalformedStatusException {
    if (response.statusCode() != 200) {
      throw new MalformedStatusException("HTTP status " + response.statusCode());
    }
    return new Asked(response, OcspReading.parse(response.body()));
  }

  private static HttpRequest.Builder posted(URI url, byte[] body) {
    return HttpRequest.newBuilder(url)
        .header("Content-Type", REQUEST_TYPE)
        .POST(BodyPublishers.ofByteArray(body));
  }

  private static HttpRequest.Builder request(URI url, String path) {
    return HttpRequest.newBuilder(URI.create(url.toString().replaceFirst("/+$", "") + "/" + path))
        .GET();
  }
}
