package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.store.CertificateStatus;
import dev.nameplate.ca.store.StatusListener;
import dev.nameplate.ca.store.StatusSource;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.ocsp.OcspSettings.NeverIssued;
import dev.nameplate.ocsp.OcspSettings.Nonces;
import io.micrometer.core.instrument.MeterRegistry;
import java.math.BigInteger;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers OCSP requests: `good` only for what this authority issued, `unknown` with an alarm for
/// what it never did, and no answer at all when it cannot be sure. May be called from many threads
/// at once.
///
/// What is asked plainly, about one certificate, is signed once for everybody who asks, and given
/// until it is due, or until a change of it is heard.
public final class OcspResponder implements StatusListener {

  private static final Logger LOG = LoggerFactory.getLogger(OcspResponder.class);

  private static final Instant FOR_EVER = Instant.ofEpochMilli(Long.MAX_VALUE);

  private final StatusSource statuses;
  private final Supplier<OcspSigners> signers;
  private final NeverIssuedAlarm alarm;
  private final OcspSettings settings;
  private final InstantSource clock;
  private final Standing standing;
  private final StoreProbe probe;
  private final AnswerCache cache;
  private final SigningQueue queue;
  private final OcspMetrics metrics;
  private final Throttle neverIssuedWarnings;
  private final Throttle tryLaterWarnings;
  private final Throttle errorWarnings;

  /// What is asked of whom. A nonce in it is one that is echoed.
  private record Asked(OcspRequest request, IssuerId issuer, OcspSigners signers) {

    OcspRequest.CertId first() {
      return request.certIds().getFirst();
    }

    boolean isForEverybody() {
      return request.certIds().size() == 1 && first().usual() && request.nonce().isEmpty();
    }

    AnswerCache.Subject subject() {
      return new AnswerCache.Subject(issuer, first().serial());
    }
  }

  /// How the making of an answer for everybody ended.
  private sealed interface Outcome {

    /// A new one, to be remembered.
    record New(AnswerCache.Made made) implements Outcome {}

    /// What is remembered is true still.
    record Confirmed(AnswerCache.Entry entry) implements Outcome {}

    /// Nothing to remember.
    record Once(OcspAnswer answer) implements Outcome {}
  }

  /// @param signers asked once for each request; another set takes effect with the next one
  public OcspResponder(
      StatusSource statuses,
      Supplier<OcspSigners> signers,
      NeverIssuedAlarm alarm,
      OcspSettings settings,
      InstantSource clock,
      MeterRegistry registry) {
    this.statuses = statuses;
    this.signers = signers;
    this.alarm = alarm;
    this.settings = settings;
    this.clock = clock;
    this.standing = new Standing(statuses, clock);
    this.probe = new StoreProbe(clock);
    this.cache = new AnswerCache(settings.remembering().bytes());
    this.queue = new SigningQueue(settings.signing().queue());
    this.metrics = new OcspMetrics(registry, cache, queue);
    this.neverIssuedWarnings = new Throttle(clock);
    this.tryLaterWarnings = new Throttle(clock);
    this.errorWarnings = new Throttle(clock);
  }

  /// What can be answered without reading or signing anything: this never waits.
  ///
  /// @param encoded a request in DER, or any other bytes; must not change any more
  Optional<OcspAnswer.Signed> remembered(byte[] encoded) {
    if (settings.rules().nonces() == Nonces.REQUIRE) {
      return Optional.empty();
    }
    return cache.fresh(Question.of(encoded), clock.millis()).map(metrics::remembered);
  }

  /// Answers a request in DER; never throws. Reads the store and signs, so it may wait: for as long
  /// as store and token take, and behind others for the patience of the settings.
  OcspAnswer answer(byte[] encoded) {
    return metrics.time(() -> decideOrSorry(encoded));
  }

  /// Answers that there is no answer now.
  OcspAnswer refuse() {
    metrics.limited();
    return metrics.answered(error(OcspError.TRY_LATER));
  }

  @Override
  public void changed(IssuerId issuer, SerialNumber serial) {
    if (signers.get().hangOn(issuer, serial)) {
      standing.forget();
      cache.clear();
    } else {
      cache.changed(issuer, serial);
    }
  }

  @Override
  public void lost() {
    standing.forget();
    cache.lost();
  }

  /// Signs anew what was asked for since it was signed and is due before `until`, at most `most`
  /// answers, for as long as hardly anybody waits for a signature. Returns how many.
  int refresh(Instant until, int most) {
    int refreshed = 0;
    for (var question : cache.dueBefore(until.toEpochMilli(), clock.millis(), most)) {
      if (!queue.isQuiet()) {
        break;
      }
      if (refresh(question)) {
        refreshed++;
      }
    }
    return refreshed;
  }

  private OcspAnswer decideOrSorry(byte[] encoded) {
    try {
      return metrics.answered(decide(encoded));
    } catch (RuntimeException ours) {
      return metrics.answered(sorry(ours));
    }
  }

  private OcspAnswer decide(byte[] encoded) {
    OcspRequest request;
    try {
      request = OcspRequest.parse(encoded, settings.mostCertIds());
    } catch (MalformedOcspRequestException malformed) {
      LOG.debug("malformed OCSP request: {}", malformed.getMessage());
      return error(OcspError.MALFORMED_REQUEST);
    }
    request.certIds().forEach(certId -> metrics.askedWith(certId.issuer()));
    if (settings.rules().nonces() == Nonces.REQUIRE && request.nonce().isEmpty()) {
      return error(OcspError.MALFORMED_REQUEST);
    }
    var known = signers.get();
    var issuer = known.issuerOf(request);
    if (issuer.isEmpty()) {
      return error(OcspError.UNAUTHORIZED);
    }
    boolean echoes = settings.rules().nonces() != Nonces.IGNORE;
    var asked = new Asked(echoes ? request : request.withoutNonce(), issuer.get(), known);
    return asked.isForEverybody() ? shared(asked) : alone(asked);
  }

  // ---- one answer for everybody who asks the same

  private OcspAnswer shared(Asked asked) {
    var question = question(asked);
    var remembered = cache.fresh(question, clock.millis());
    if (remembered.isPresent()) {
      return remembered.get().answer();
    }
    var turn = probe.enter();
    try {
      // not even on board of another's flight, which may wait for the store for long
      if (turn == StoreProbe.Turn.NOBODY) {
        return oldOrLater(question, storeRests());
      }
      return switch (cache.join(question, asked.subject())) {
        case AnswerCache.Role.Pilot(var flight) -> fly(flight, question, asked, false);
        case AnswerCache.Role.Passenger(var flight) -> await(flight, question);
      };
    } finally {
      probe.leave(turn);
    }
  }

  private boolean refresh(Question question) {
    OcspRequest request;
    try {
      request = OcspRequest.parse(question.plain(), 1);
    } catch (MalformedOcspRequestException impossible) {
      throw new IllegalStateException("a remembered question that cannot be read", impossible);
    }
    var known = signers.get();
    var issuer = known.issuerOf(request);
    if (issuer.isEmpty()) {
      return false;
    }
    var asked = new Asked(request.preferring(question.algorithm()), issuer.get(), known);
    var turn = probe.enter();
    try {
      if (turn == StoreProbe.Turn.NOBODY) {
        return false;
      }
      return switch (cache.join(question, asked.subject())) {
        case AnswerCache.Role.Pilot(var flight) ->
            fly(flight, question, asked, true) instanceof OcspAnswer.Signed;
        case AnswerCache.Role.Passenger _ -> false;
      };
    } finally {
      probe.leave(turn);
    }
  }

  /// Who wishes for an algorithm that is the usual one, or that there is not, asks as all do.
  private Question question(Asked asked) {
    var plain = OcspRequest.plain(asked.first());
    var now = clock.instant();
    var usual = asked.signers().validAt(now, asked.issuer());
    return asked
        .signers()
        .validAt(now, asked.issuer(), asked.request().preferred())
        .filter(chosen -> !usual.equals(Optional.of(chosen)))
        .map(chosen -> Question.of(plain, chosen.key().algorithm().oid()))
        .orElseGet(() -> Question.of(plain));
  }

  private OcspAnswer await(AnswerCache.Flight flight, Question question) {
    try {
      return flight.answer().get(settings.signing().patience().toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException late) {
      return sureOrLater(question);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
      return error(OcspError.TRY_LATER);
    } catch (ExecutionException impossible) {
      throw new IllegalStateException("an answer that ended in an exception", impossible);
    }
  }

  /// @param anew whether it is signed anew although it is not due
  private OcspAnswer fly(AnswerCache.Flight flight, Question question, Asked asked, boolean anew) {
    Outcome outcome = new Outcome.Once(error(OcspError.INTERNAL_ERROR));
    try {
      outcome = inTheQueue(question, asked, anew);
    } catch (RuntimeException ours) {
      outcome = new Outcome.Once(sorry(ours));
    } finally {
      // whatever happened: others may be waiting
      switch (outcome) {
        case Outcome.New(var made) -> cache.land(flight, made);
        case Outcome.Confirmed(var entry) -> cache.confirm(flight, entry);
        case Outcome.Once(var answer) -> cache.land(flight, answer);
      }
    }
    return switch (outcome) {
      case Outcome.New(var made) -> made.answer();
      case Outcome.Confirmed(var entry) -> entry.answer();
      case Outcome.Once(var answer) -> answer;
    };
  }

  private Outcome inTheQueue(Question question, Asked asked, boolean anew) {
    if (!queue.enter()) {
      metrics.queueFull();
      return new Outcome.Once(sureOrLater(question));
    }
    try {
      return make(question, asked, anew);
    } finally {
      queue.leave();
    }
  }

  /// The status first; then, only if it has to be, a signature. What there was before is given when
  /// store or key is away, as long as it is not known to be wrong.
  private Outcome make(Question question, Asked asked, boolean anew) {
    var old = cache.old(question, clock.millis());
    CertificateStatus status;
    Optional<OcspSigner> signer;
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    try {
      status = status(asked, asked.first().serial());
      signer = signer(asked, now);
    } catch (StoreException away) {
      probe.failed();
      return new Outcome.Once(oldOrLater(question, away));
    }
    probe.answered();
    if (isForgotten(status, now)) {
      return new Outcome.Once(error(OcspError.UNAUTHORIZED));
    }
    if (old.isPresent() && !old.get().status().equals(status)) {
      cache.drop(old.get());
      return sign(question, asked, status, signer, now);
    }
    if (old.isPresent()
        && !anew
        && !old.get().isDueAt(clock.millis())
        && signer.equals(Optional.of(old.get().signer()))) {
      return new Outcome.Confirmed(old.get());
    }
    return sign(question, asked, status, signer, now);
  }

  private Outcome sign(
      Question question,
      Asked asked,
      CertificateStatus status,
      Optional<OcspSigner> signer,
      Instant now) {
    if (signer.isEmpty()) {
      return new Outcome.Once(noSigner(asked));
    }
    OcspAnswer.Signed answer;
    try {
      var single = new OcspReply.Single(asked.first(), status);
      answer = signed(asked, signer.get(), List.of(single), now);
    } catch (SigningException away) {
      return new Outcome.Once(oldOrLater(question, away));
    }
    var hash = CertIdHash.of(asked.first().issuer().algorithm());
    if (!answer.cacheable() || hash.isEmpty()) {
      return new Outcome.Once(answer);
    }
    long life = answer.nextUpdate() - answer.thisUpdate();
    long refreshAt =
        answer.thisUpdate() + Math.min(settings.remembering().refresh().toMillis(), life / 4 * 3);
    long end = Math.min(answer.nextUpdate(), endOf(status).toEpochMilli());
    return new Outcome.New(
        new AnswerCache.Made(answer, status, signer.get(), hash.get(), refreshAt, end));
  }

  private OcspAnswer sureOrLater(Question question) {
    return cache
        .old(question, clock.millis())
        .filter(cache::isSure)
        .<OcspAnswer>map(AnswerCache.Entry::answer)
        .orElseGet(() -> error(OcspError.TRY_LATER));
  }

  /// Looks now what is remembered: what was dropped meanwhile must not be given.
  private OcspAnswer oldOrLater(Question question, RuntimeException away) {
    var old = cache.old(question, clock.millis());
    if (old.isPresent()) {
      warn("OCSP gives the answers that it has", away);
      return old.get().answer();
    }
    return later(away);
  }

  private static StoreException storeRests() {
    return new StoreException("the store was away when it was last asked");
  }

  // ---- an answer for one

  private OcspAnswer alone(Asked asked) {
    var turn = probe.enter();
    try {
      return turn == StoreProbe.Turn.NOBODY ? later(storeRests()) : aloneInTheQueue(asked);
    } finally {
      probe.leave(turn);
    }
  }

  private OcspAnswer aloneInTheQueue(Asked asked) {
    if (!queue.enter()) {
      metrics.queueFull();
      return error(OcspError.TRY_LATER);
    }
    try {
      var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
      var singles = new ArrayList<OcspReply.Single>();
      for (var certId : asked.request().certIds()) {
        singles.add(new OcspReply.Single(certId, status(asked, certId.serial())));
      }
      probe.answered();
      if (singles.stream().anyMatch(single -> isForgotten(single.status(), now))) {
        return error(OcspError.UNAUTHORIZED);
      }
      var signer = signer(asked, now);
      return signer.isPresent() ? signed(asked, signer.get(), singles, now) : noSigner(asked);
    } catch (StoreException away) {
      probe.failed();
      return later(away);
    } catch (SigningException away) {
      return later(away);
    } finally {
      queue.leave();
    }
  }

  // ---- what answers are made of

  /// A signer that is revoked signs nothing, an older one may sign instead; whether it is was asked
  /// a second ago, or now.
  private Optional<OcspSigner> signer(Asked asked, Instant now) {
    return asked
        .signers()
        .validAt(
            now,
            asked.issuer(),
            asked.request().preferred(),
            signer ->
                standing.of(asked.issuer(), signer.certificate().serial())
                    instanceof CertificateStatus.Good);
  }

  private CertificateStatus status(Asked asked, BigInteger serial) {
    // a number that cannot be a serial of ours is one that we never issued
    var status =
        serial.signum() > 0 && serial.bitLength() < 160
            ? statuses.status(asked.issuer(), new SerialNumber(serial))
            : new CertificateStatus.NeverIssued();
    if (status instanceof CertificateStatus.NeverIssued) {
      raiseAlarm(asked.issuer(), serial);
    }
    return fallenAuthority(asked).map(fallen -> inherited(status, fallen)).orElse(status);
  }

  /// The revocation of the authority itself, if what it issued falls with it.
  private Optional<CertificateStatus.Revoked> fallenAuthority(Asked asked) {
    return asked
        .signers()
        .authority(asked.issuer())
        .filter(_ -> settings.rules().cascade())
        .map(authority -> standing.of(authority.issuedBy(), authority.serial()))
        .filter(CertificateStatus.Revoked.class::isInstance)
        .map(CertificateStatus.Revoked.class::cast);
  }

  /// A certificate's own revocation stands if it was the earlier one, and is no mere hold.
  private static CertificateStatus inherited(
      CertificateStatus own, CertificateStatus.Revoked authority) {
    var reason = isHold(authority) ? authority.reason() : RevocationReason.CA_COMPROMISE;
    return switch (own) {
      case CertificateStatus.Good(var notAfter) ->
          new CertificateStatus.Revoked(authority.at(), reason, notAfter);
      case CertificateStatus.Revoked revoked
          when isHold(revoked) ? isHold(authority) : !revoked.at().isAfter(authority.at()) ->
          revoked;
      case CertificateStatus.Revoked revoked when isHold(authority) -> revoked;
      case CertificateStatus.Revoked(_, _, var notAfter) ->
          new CertificateStatus.Revoked(authority.at(), reason, notAfter);
      case CertificateStatus.Reserved _, CertificateStatus.NeverIssued _ -> own;
    };
  }

  private static boolean isHold(CertificateStatus.Revoked revoked) {
    return revoked.reason().code() == OcspReply.HOLD;
  }

  /// Whether it ended so long ago that nobody is answerable for it any more.
  private boolean isForgotten(CertificateStatus status, Instant now) {
    return endOf(status).isBefore(now);
  }

  private Instant endOf(CertificateStatus status) {
    return switch (status) {
      case CertificateStatus.Good(var notAfter) -> notAfter.plus(settings.rules().retention());
      case CertificateStatus.Revoked(_, _, var notAfter) ->
          notAfter.plus(settings.rules().retention());
      case CertificateStatus.Reserved _, CertificateStatus.NeverIssued _ -> FOR_EVER;
    };
  }

  private OcspAnswer.Signed signed(
      Asked asked, OcspSigner signer, List<OcspReply.Single> singles, Instant now) {
    var nextUpdate = earlier(now.plus(settings.validity()), signer.certificate().notAfter());
    var authority = asked.signers().authority(asked.issuer());
    if (authority.isPresent()) {
      nextUpdate = earlier(nextUpdate, authority.get().notAfter());
    }
    var rules = settings.rules();
    var der =
        OcspReply.signed(
            signer,
            new OcspReply.Content(
                singles,
                asked.request().nonce(),
                now,
                nextUpdate,
                Optional.of(now.minus(rules.retention())).filter(_ -> rules.archiveCutoff()),
                rules.neverIssued() == NeverIssued.REVOKED));
    var says = singles.stream().map(OcspReply.Single::status).toList();
    return new OcspAnswer.Signed(der, now, nextUpdate, says, asked.request().nonce().isEmpty());
  }

  private void raiseAlarm(IssuerId issuer, BigInteger serial) {
    metrics.neverIssued();
    alarm.neverIssued(issuer, serial);
    neverIssuedWarnings
        .pass()
        .ifPresent(more ->
            LOG.warn(
                "OCSP was asked for serial {}, which issuer {} never used: is there a forged"
                    + " certificate? ({} more since the last warning)",
                shown(serial),
                issuer,
                more));
  }

  private OcspAnswer noSigner(Asked asked) {
    metrics.withoutSigner();
    return later(
        new SigningException(
            "no OCSP signer of issuer " + asked.issuer() + " is valid now and not revoked"));
  }

  private OcspAnswer later(RuntimeException away) {
    warn("OCSP answers tryLater", away);
    return error(OcspError.TRY_LATER);
  }

  private void warn(String what, RuntimeException away) {
    tryLaterWarnings
        .pass()
        .ifPresent(more -> LOG.warn("{} ({} more since the last warning)", what, more, away));
  }

  private OcspAnswer sorry(RuntimeException ours) {
    errorWarnings
        .pass()
        .ifPresent(more ->
            LOG.error(
                "an OCSP request was not answered ({} more since the last time)", more, ours));
    return error(OcspError.INTERNAL_ERROR);
  }

  private static OcspAnswer error(OcspError error) {
    return new OcspAnswer.Unsigned(OcspReply.error(error), error);
  }

  private static String shown(BigInteger serial) {
    var hex = serial.toString(16);
    return hex.length() <= 40 ? hex : hex.substring(0, 40) + "…";
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
