package dev.nameplate.server;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.job.Job;
import dev.nameplate.ca.retirement.Receipts;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.FinishOutcome;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.PlanItem;
import dev.nameplate.ca.store.RetirementStore;
import dev.nameplate.ca.store.RevocationRules;
import dev.nameplate.ca.store.SeenRevoked;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.ca.x509.MalformedOcspException;
import dev.nameplate.ca.x509.OcspAnswer;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.http.WholeAnswer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Looks at the public URLs until OCSP and the CRL say of every certificate of a retired device
/// that it is revoked for good, and not that it is on hold; keeps the signed answers, and finishes
/// the retirement where nothing else is missing. What is not to be seen yet is looked for again in
/// the next run.
final class RetirementVerification implements Job {

  private static final Logger LOG = LoggerFactory.getLogger(RetirementVerification.class);

  private static final int AT_ONCE = 100;
  private static final int PAGE = 1000;
  private static final long LARGEST_LIST = 256L * 1024 * 1024;
  private static final long LARGEST_ANSWER = 1024 * 1024;

  private static final Duration SHORTEST_PAUSE = Duration.ofSeconds(1);
  private static final Duration LONGEST_PAUSE = Duration.ofMinutes(1);

  /// A run ends after this, whatever is left: its lease must not run out under it.
  private static final Duration LONGEST_RUN = Duration.ofSeconds(15);

  /// A list, and which of the serials that were looked for are on it for good.
  private record ReadList(SeenRevoked.InCrl seen, Set<SerialNumber> found) {}

  /// @param pause since the last look
  /// @param next when it is looked at again
  private record Doubt(String why, Duration pause, Instant next) {}

  /// It is not to be seen now.
  private static final class NotSeenException extends Exception {

    private static final long serialVersionUID = 1L;

    NotSeenException(String why) {
      super(why);
    }
  }

  private final RetirementStore retirements;
  private final CertificateStore certificates;
  private final IssuerStore issuers;
  private final Receipts receipts;
  private final StatusUrls urls;
  private final HttpClient http;
  private final Duration patience;
  private final String node;
  private final InstantSource clock;
  private final Map<Owner, Doubt> doubts = new ConcurrentHashMap<>();
  private Optional<String> afterUnseen = Optional.empty();
  private Optional<String> afterUnfinished = Optional.empty();

  /// @param patience for one answer, to its end
  RetirementVerification(
      RetirementStore retirements,
      CertificateStore certificates,
      IssuerStore issuers,
      Receipts receipts,
      StatusUrls urls,
      HttpClient http,
      Duration patience,
      String node,
      InstantSource clock) {
    this.retirements = retirements;
    this.certificates = certificates;
    this.issuers = issuers;
    this.receipts = receipts;
    this.urls = urls;
    this.http = http;
    this.patience = patience;
    this.node = node;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "retirement-verification";
  }

  @Override
  public synchronized String run(Instant now) {
    int seen = look(now);
    int finished = finish();
    return seen + " devices seen revoked, " + finished + " retirements finished";
  }

  /// Why this node has not seen a device's certificates revoked when it last looked; empty if it
  /// did not look, or saw them.
  Optional<String> whyUnseen(Owner device) {
    return Optional.ofNullable(doubts.get(device)).map(Doubt::why);
  }

  private int look(Instant now) {
    var end = clock.instant().plus(LONGEST_RUN);
    var all = retirements.unseen(afterUnseen, AT_ONCE);
    afterUnseen = next(all);
    var page = all.stream().filter(item -> isDue(item, now)).toList();
    if (page.isEmpty()) {
      return 0;
    }
    var revoked = new HashMap<PlanItem, List<CertificateRecord>>();
    page.forEach(item -> revoked.put(item, revoked(item, now)));
    var lists =
        lists(
            revoked.values().stream().flatMap(List::stream).toList(),
            clock.instant().plus(LONGEST_RUN.dividedBy(2)));
    var known = new HashMap<IssuerId, IssuerRecord>();
    issuers.issuers().forEach(record -> known.put(record.issuer().id(), record));
    int count = 0;
    for (var item : page) {
      var device = item.device().owner();
      try {
        var seen = new ArrayList<SeenRevoked>();
        for (var certificate : revoked.getOrDefault(item, List.of())) {
          seen.add(seen(certificate, lists, known));
        }
        retirements.seen(device, item.device().epoch(), seen, clock.instant());
        doubts.remove(device);
        count++;
      } catch (NotSeenException notYet) {
        doubt(device, String.valueOf(notYet.getMessage()));
      }
      // one at least, however long the lists took
      if (!clock.instant().isBefore(end)) {
        afterUnseen = Optional.of(device.id());
        break;
      }
    }
    return count;
  }

  private boolean isDue(PlanItem item, Instant now) {
    var doubt = doubts.get(item.device().owner());
    return doubt == null || !now.isBefore(doubt.next());
  }

  /// It is looked at again after twice the time.
  private void doubt(Owner device, String why) {
    var before = doubts.get(device);
    var pause = before == null ? SHORTEST_PAUSE : before.pause().multipliedBy(2);
    var next = pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
    doubts.put(device, new Doubt(why, next, clock.instant().plus(next)));
    if (before != null && next.equals(LONGEST_PAUSE) && !before.pause().equals(next)) {
      LOG.warn("{} is still retiring: {}", device, why);
    } else {
      LOG.debug("{}: {}", device, why);
    }
  }

  /// Every certificate of the device that somebody could still rely on if it were not revoked, and
  /// what was reserved and may have been signed.
  private List<CertificateRecord> revoked(PlanItem item, Instant now) {
    var revoked = new ArrayList<CertificateRecord>();
    var after = Optional.<SerialNumber>empty();
    while (true) {
      var page =
          certificates.list(
              new CertificateQuery(
                  Optional.of(item.device().owner()), Optional.empty(), after, PAGE));
      page.stream()
          .filter(record -> record.isEnded() && !record.isExpiredAt(now))
          .forEach(revoked::add);
      if (page.size() < PAGE) {
        return revoked;
      }
      after = Optional.of(page.getLast().serial());
    }
  }

  private SeenRevoked seen(
      CertificateRecord certificate, Map<URI, ReadList> lists, Map<IssuerId, IssuerRecord> known)
      throws NotSeenException {
    var list = lists.get(urls.crl(certificate.issuer(), certificate.scope()));
    if (list == null || !list.found().contains(certificate.serial())) {
      throw new NotSeenException("no CRL lists serial " + certificate.serial() + " for good");
    }
    var issuer =
        Optional.ofNullable(known.get(certificate.issuer()))
            .flatMap(IssuerRecord::certificate)
            .orElseThrow(() -> new NotSeenException("its issuer has no certificate"));
    return new SeenRevoked(
        certificate.issuer(), certificate.serial(), ask(certificate, issuer), list.seen());
  }

  private SeenRevoked.InOcsp ask(CertificateRecord certificate, Certificate issuer)
      throws NotSeenException {
    var question = OcspAnswer.question(issuer, certificate.serial());
    var answer =
        send(
            HttpRequest.newBuilder(urls.ocsp())
                .header("Content-Type", "application/ocsp-request")
                .POST(BodyPublishers.ofByteArray(question.toByteArray()))
                .build(),
            LARGEST_ANSWER);
    var now = clock.instant();
    try {
      var parsed = OcspAnswer.parse(answer);
      var doubt = parsed.whyNotFrom(issuer, now);
      if (doubt.isPresent()) {
        throw new NotSeenException(doubt.get());
      }
      var single =
          parsed
              .about(issuer, certificate.serial())
              .filter(each -> each.status() == OcspAnswer.Status.REVOKED)
              .filter(each -> each.nextUpdate().filter(now::isAfter).isEmpty())
              .filter(each -> each.reason().filter(why -> proves(why, certificate)).isPresent());
      if (single.isEmpty()) {
        throw new NotSeenException(
            "OCSP does not say that serial " + certificate.serial() + " is revoked for good");
      }
      return new SeenRevoked.InOcsp(urls.ocsp(), now, Der.of(answer));
    } catch (MalformedOcspException malformed) {
      throw new NotSeenException(String.valueOf(malformed.getMessage()));
    }
  }

  /// Each list is read once, however many certificates are on it.
  ///
  /// @param end when no other is begun
  private Map<URI, ReadList> lists(List<CertificateRecord> wanted, Instant end) {
    var byUrl = new HashMap<URI, List<CertificateRecord>>();
    wanted.forEach(record ->
        byUrl
            .computeIfAbsent(urls.crl(record.issuer(), record.scope()), _ -> new ArrayList<>())
            .add(record));
    var lists = new HashMap<URI, ReadList>();
    byUrl.forEach((url, records) -> {
      if (!lists.isEmpty() && !clock.instant().isBefore(end)) {
        return;
      }
      try {
        lists.put(url, read(url, records));
      } catch (NotSeenException notYet) {
        LOG.debug("{}: {}", url, notYet.getMessage());
      }
    });
    return lists;
  }

  private ReadList read(URI url, List<CertificateRecord> wanted) throws NotSeenException {
    var bytes = send(HttpRequest.newBuilder(url).GET().build(), LARGEST_LIST);
    var now = clock.instant();
    try {
      var der = Der.of(bytes);
      var crl = Crl.parse(der);
      var issuer =
          issuers.issuers().stream()
              .filter(record -> record.issuer().id().equals(wanted.getFirst().issuer()))
              .findFirst()
              .orElseThrow(() -> new NotSeenException("the issuer of the CRL is not known"));
      if (!crl.isSignedBy(issuer.issuer().publicKey()) || crl.baseNumber().isPresent()) {
        throw new NotSeenException("that is no complete CRL of the issuer");
      }
      if (crl.nextUpdate().isBefore(now)) {
        throw new NotSeenException("the CRL should have been replaced by " + crl.nextUpdate());
      }
      var records = new HashMap<SerialNumber, CertificateRecord>();
      wanted.forEach(record -> records.put(record.serial(), record));
      var found = new HashSet<SerialNumber>();
      crl.entries()
          .forEachRemaining(entry -> {
            var record = records.get(entry.serial());
            if (record != null
                && entry.reason() != Crl.Entry.REMOVE_FROM_CRL
                && proves(RevocationReason.of(entry.reason()), record)) {
              found.add(entry.serial());
            }
          });
      return new ReadList(new SeenRevoked.InCrl(url, now, crl.number(), der.sha256Hex()), found);
    } catch (MalformedCrlException malformed) {
      throw new NotSeenException(String.valueOf(malformed.getMessage()));
    }
  }

  /// Not if it is a hold that was published before the retirement.
  private static boolean proves(RevocationReason shown, CertificateRecord certificate) {
    return certificate
        .revocation()
        .filter(kept -> RevocationRules.proves(shown, kept.reason()))
        .isPresent();
  }

  private byte[] send(HttpRequest request, long largest) throws NotSeenException {
    try {
      var response =
          WholeAnswer.send(
              http, request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), largest), patience);
      if (response.statusCode() != 200) {
        throw new NotSeenException("HTTP status " + response.statusCode() + " at " + request.uri());
      }
      return response.body();
    } catch (IOException silence) {
      throw new NotSeenException("nothing answers at " + request.uri() + ": " + silence);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new NotSeenException("interrupted");
    }
  }

  private int finish() {
    var page = retirements.unfinished(afterUnfinished, AT_ONCE);
    afterUnfinished = next(page);
    var since = clock.instant();
    var end = since.plus(LONGEST_RUN.dividedBy(2));
    int count = 0;
    for (var item : page) {
      if (!clock.instant().isBefore(end)) {
        afterUnfinished = Optional.of(item.device().owner().id());
        break;
      }
      var device = item.device().owner();
      switch (receipts.finish(device, item.device().epoch(), since, "node:" + node)) {
        case FinishOutcome.Finished(_) -> count++;
        case FinishOutcome.Already(_) -> LOG.debug("{} has a receipt", device);
        case FinishOutcome.Refused(var why) ->
            LOG.warn("the retirement of {} cannot be finished: {}", device, why);
      }
    }
    return count;
  }

  /// After whom the next page begins; from the front again after the last.
  private static Optional<String> next(List<PlanItem> page) {
    return page.size() < AT_ONCE
        ? Optional.empty()
        : Optional.of(page.getLast().device().owner().id());
  }
}
