package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.store.CrlSource;
import dev.nameplate.ca.store.IssuerSource;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ocsp.ByteRange.Asked;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.ReentrantLock;
import org.eclipse.jetty.http.DateGenerator;
import org.eclipse.jetty.http.HttpDateTime;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// CRLs and issuer certificates, at exactly the URLs of [StatusUrls]. Answers from copies in memory
/// that are at most a second old; holds the newest of each CRL that was asked for, and nothing
/// else. A copy is replaced whole, and never by an older one.
public final class CrlHandler extends Handler.Abstract {

  private static final Logger LOG = LoggerFactory.getLogger(CrlHandler.class);
  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final CrlSource crls;
  private final IssuerSource issuers;
  private final OcspSettings settings;
  private final Duration period;
  private final InstantSource clock;
  private final Throttle warnings;
  private final Refreshed<Routes> routes;
  private final Map<ListId, Slot> slots = new ConcurrentHashMap<>();
  private final Bundles bundles = new Bundles();

  /// A CRL that is there.
  ///
  /// @param complete whether it is about everything that the issuer issued
  private record Listed(ListId id, long number, boolean complete) {}

  private record ListId(IssuerId issuer, CrlScope scope) {}

  /// A CRL in memory, the same bytes that the store holds.
  private record Copy(PublishedCrl crl, StatusDocument document, Optional<StatusDocument> delta) {

    /// Two lists may be made in one second, or by a clock that was put back: the date of the second
    /// is later all the same, for clients ask by date.
    static Copy of(PublishedCrl crl, Optional<Copy> before, Duration period) {
      var made = crl.thisUpdate().truncatedTo(ChronoUnit.SECONDS);
      var modified =
          before
              .flatMap(copy -> copy.document().modified())
              .map(last -> last.plusSeconds(1))
              .filter(made::isBefore)
              .orElse(made);
      return new Copy(
          crl,
          StatusDocument.of(crl, crl.der(), modified, period),
          crl.delta().map(delta -> StatusDocument.of(crl, delta, modified, period)));
    }
  }

  /// Where the copy of one CRL is kept, and who reads it.
  private static final class Slot {

    private final ReentrantLock reading = new ReentrantLock();
    private volatile Optional<Copy> copy = Optional.empty();

    boolean has(long number) {
      return copy.filter(kept -> kept.crl().number() >= number).isPresent();
    }
  }

  /// Every path that there is now.
  private record Routes(
      Map<String, Listed> lists,
      Map<String, Listed> deltas,
      Map<String, StatusDocument> certificates) {}

  /// With CRLs that are made anew as usual.
  public CrlHandler(
      CrlSource crls, IssuerSource issuers, OcspSettings settings, InstantSource clock) {
    this(crls, issuers, settings, CrlSchedule.DEFAULT.period(), clock);
  }

  /// @param period after which a CRL is made anew, changed or not
  public CrlHandler(
      CrlSource crls,
      IssuerSource issuers,
      OcspSettings settings,
      Duration period,
      InstantSource clock) {
    this.crls = crls;
    this.issuers = issuers;
    this.settings = settings;
    this.period = period;
    this.clock = clock;
    this.warnings = new Throttle(clock);
    this.routes = new Refreshed<>(clock, _ -> routes());
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var path = request.getHttpURI().getPath();
    if (path == null
        || !(path.startsWith(StatusUrls.CRL_PATH) || path.startsWith(StatusUrls.ISSUER_PATH))) {
      return false;
    }
    if (!HttpMethod.GET.is(request.getMethod()) && !HttpMethod.HEAD.is(request.getMethod())) {
      response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD");
      PlainText.write(
          response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, "this is read by GET or HEAD");
      return true;
    }
    try {
      var document = find(path);
      if (document.isPresent()) {
        write(document.get(), request, response, callback);
      } else {
        PlainText.write(
            response, callback, HttpStatus.NOT_FOUND_404, "no such CRL or issuer certificate here");
      }
    } catch (StoreException away) {
      warnings
          .pass()
          .ifPresent(
              more -> LOG.warn("no CRLs are served ({} more since the last warning)", more, away));
      response.getHeaders().put(HttpHeader.RETRY_AFTER, settings.retryAfter().toSeconds());
      PlainText.write(
          response, callback, HttpStatus.SERVICE_UNAVAILABLE_503, "the store is away, try again");
    }
    return true;
  }

  private Routes routes() {
    var lists = new HashMap<String, Listed>();
    var deltas = new HashMap<String, Listed>();
    var certificates = new HashMap<String, StatusDocument>();
    for (var record : issuers.issuers()) {
      var id = record.issuer().id();
      crls.crlStates(id)
          .forEach((scope, state) -> {
            if (state.latestNumber() > 0) {
              var list =
                  new Listed(
                      new ListId(id, scope), state.latestNumber(), scope.equals(record.scope()));
              lists.put(StatusUrls.crlPath(id, scope), list);
              deltas.put(StatusUrls.deltaPath(id, scope), list);
            }
          });
      if (!record.certificates().isEmpty()) {
        certificates.put(
            StatusUrls.certificatePath(id), StatusDocument.of(record.certificates().getLast()));
      }
    }
    return new Routes(Map.copyOf(lists), Map.copyOf(deltas), Map.copyOf(certificates));
  }

  private Optional<StatusDocument> find(String path) {
    var known = routes.get();
    if (path.equals(StatusUrls.BUNDLE_PATH)) {
      return bundle(known);
    }
    if (known.lists().containsKey(path)) {
      return newest(known.lists().get(path)).map(Copy::document);
    }
    if (known.deltas().containsKey(path)) {
      return newest(known.deltas().get(path)).flatMap(Copy::delta);
    }
    return Optional.ofNullable(known.certificates().get(path));
  }

  /// One reads a newer list. The others get the copy at once, and wait only if there is none.
  private Optional<Copy> newest(Listed list) {
    var slot = slots.computeIfAbsent(list.id(), _ -> new Slot());
    var copy = slot.copy;
    if (slot.has(list.number())) {
      return slot.copy;
    }
    if (copy.isEmpty()) {
      slot.reading.lock();
    } else if (!slot.reading.tryLock()) {
      return copy;
    }
    try {
      if (!slot.has(list.number())) {
        slot.copy = read(list, slot.copy);
      }
      return slot.copy;
    } finally {
      slot.reading.unlock();
    }
  }

  private Optional<Copy> read(Listed list, Optional<Copy> before) {
    try {
      return crls.latestCrl(list.id().issuer(), list.id().scope())
          .filter(crl -> before.isEmpty() || crl.number() > before.get().crl().number())
          .map(crl -> Copy.of(crl, before, period))
          .or(() -> before);
    } catch (StoreException away) {
      if (before.isEmpty()) {
        throw away;
      }
      return before;
    }
  }

  /// What each issuer's complete CRL says, for servers that read one file.
  private Optional<StatusDocument> bundle(Routes known) {
    var complete = new ArrayList<StatusDocument>();
    known.lists().entrySet().stream()
        .filter(list -> list.getValue().complete())
        .sorted(Map.Entry.comparingByKey())
        .forEach(list -> newest(list.getValue()).map(Copy::document).ifPresent(complete::add));
    return complete.isEmpty() ? Optional.empty() : Optional.of(bundles.of(complete));
  }

  /// The bundle that was asked for last, for as long as nothing changes.
  private static final class Bundles {

    private List<StatusDocument> parts = List.of();
    private Optional<StatusDocument> bundle = Optional.empty();

    synchronized StatusDocument of(List<StatusDocument> now) {
      if (bundle.isEmpty() || !sameBytes(now)) {
        parts = List.copyOf(now);
        bundle = Optional.of(StatusDocument.bundle(now));
      }
      return bundle.get();
    }

    private boolean sameBytes(List<StatusDocument> now) {
      return now.stream()
          .map(StatusDocument::etag)
          .toList()
          .equals(parts.stream().map(StatusDocument::etag).toList());
    }
  }

  private void write(
      StatusDocument document, Request request, Response response, Callback callback) {
    var maxAge = document.maxAge(clock.instant(), settings.maxAge());
    var headers = response.getHeaders();
    headers.put(HttpHeader.ETAG, document.etag());
    modified(document)
        .ifPresent(date -> headers.put(HttpHeader.LAST_MODIFIED, DateGenerator.formatDate(date)));
    headers.put(HttpHeader.ACCEPT_RANGES, "bytes");
    headers.put(HttpHeader.CACHE_CONTROL, "max-age=" + maxAge.toSeconds() + ",public,no-transform");
    if (isKnown(document, request)) {
      response.setStatus(HttpStatus.NOT_MODIFIED_304);
      response.write(true, EMPTY, callback);
      return;
    }
    boolean head = HttpMethod.HEAD.is(request.getMethod());
    int length = document.content().remaining();
    switch (head ? new Asked.Everything() : range(document, request, length)) {
      case Asked.Unsatisfiable() -> {
        headers.put(HttpHeader.CONTENT_RANGE, "bytes */" + length);
        PlainText.write(
            response, callback, HttpStatus.RANGE_NOT_SATISFIABLE_416, "it is not as long");
      }
      case Asked.Part(var range) -> {
        response.setStatus(HttpStatus.PARTIAL_CONTENT_206);
        headers.put(HttpHeader.CONTENT_TYPE, document.type());
        headers.put(
            HttpHeader.CONTENT_RANGE, "bytes " + range.first() + "-" + range.last() + "/" + length);
        headers.put(HttpHeader.CONTENT_LENGTH, range.length());
        response.write(true, document.content().slice(range.first(), range.length()), callback);
      }
      case Asked.Everything() -> {
        response.setStatus(HttpStatus.OK_200);
        headers.put(HttpHeader.CONTENT_TYPE, document.type());
        headers.put(HttpHeader.CONTENT_LENGTH, length);
        response.write(true, head ? EMPTY : document.content().duplicate(), callback);
      }
    }
  }

  private Asked range(StatusDocument document, Request request, int length) {
    var range = request.getHeaders().get(HttpHeader.RANGE);
    var condition = request.getHeaders().get(HttpHeader.IF_RANGE);
    // RFC 9110 section 13.1.5: the rest of another one would be of no use
    boolean same =
        condition == null || condition.equals(document.etag()) || isOf(document, condition);
    return range == null || !same ? new Asked.Everything() : ByteRange.of(range, length);
  }

  private boolean isKnown(StatusDocument document, Request request) {
    if (request.getHeaders().contains(HttpHeader.IF_NONE_MATCH)) {
      return request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH).stream()
          .flatMap(field -> Arrays.stream(field.split(",")))
          .map(String::strip)
          .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
          .anyMatch(tag -> tag.equals("*") || tag.equals(document.etag()));
    }
    return Optional.ofNullable(request.getHeaders().get(HttpHeader.IF_MODIFIED_SINCE))
        .filter(since -> isOf(document, since))
        .isPresent();
  }

  /// Whether this is the document's own date: an older list may have a later one.
  private boolean isOf(StatusDocument document, String header) {
    var modified = modified(document);
    return modified.isPresent() && date(header).equals(modified);
  }

  /// Empty while it would be in the future (RFC 9110 section 8.8.2.1).
  private Optional<Instant> modified(StatusDocument document) {
    return document.modified().filter(date -> !date.isAfter(clock.instant()));
  }

  private static Optional<Instant> date(String header) {
    try {
      return Optional.of(HttpDateTime.parse(header).toInstant());
    } catch (IllegalArgumentException notADate) {
      return Optional.empty();
    }
  }
}
