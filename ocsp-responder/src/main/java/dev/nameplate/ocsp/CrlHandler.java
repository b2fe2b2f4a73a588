package dev.nameplate.ocsp;

import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.store.CrlStore;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.PublishedCrl;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.http.DateGenerator;
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
/// that are at most a second old; holds the newest CRL of each issuer and nothing else.
public final class CrlHandler extends Handler.Abstract {

  private static final Logger LOG = LoggerFactory.getLogger(CrlHandler.class);
  private static final ByteBuffer EMPTY = ByteBuffer.allocate(0).asReadOnlyBuffer();

  private final CrlStore crls;
  private final OcspSettings settings;
  private final InstantSource clock;
  private final Throttle warnings;
  private final Refreshed<Routes> routes;
  private final Map<String, Refreshed<Optional<Document>>> lists = new ConcurrentHashMap<>();

  /// Bytes with what HTTP says about them.
  ///
  /// @param number the CRL's number, 0 for a certificate
  /// @param expires when a cache must have forgotten it
  private record Document(
      String type,
      ByteBuffer content,
      String etag,
      long number,
      Instant modified,
      Instant expires) {

    static Document of(Certificate certificate) {
      return new Document(
          "application/pkix-cert",
          content(certificate.der()),
          etag(certificate.der()),
          0,
          certificate.notBefore(),
          certificate.notAfter());
    }

    static Document of(PublishedCrl crl) {
      return new Document(
          "application/pkix-crl",
          content(crl.der()),
          etag(crl.der()),
          crl.number(),
          crl.thisUpdate(),
          crl.nextUpdate());
    }

    private static ByteBuffer content(Der der) {
      return ByteBuffer.wrap(der.toByteArray()).asReadOnlyBuffer();
    }

    private static String etag(Der der) {
      return '"' + der.sha256Hex() + '"';
    }
  }

  /// Every path that there is, as long as the issuers stay the same.
  private record Routes(Map<String, IssuerRecord> lists, Map<String, Document> certificates) {

    static Routes of(List<IssuerRecord> issuers) {
      var lists = new HashMap<String, IssuerRecord>();
      var certificates = new HashMap<String, Document>();
      for (var record : issuers) {
        var id = record.issuer().id();
        lists.put(StatusUrls.crlPath(id, record.scope()), record);
        if (!record.certificates().isEmpty()) {
          certificates.put(
              StatusUrls.certificatePath(id), Document.of(record.certificates().getLast()));
        }
      }
      return new Routes(Map.copyOf(lists), Map.copyOf(certificates));
    }
  }

  public CrlHandler(
      CrlStore crls, IssuerStore issuers, OcspSettings settings, InstantSource clock) {
    this.crls = crls;
    this.settings = settings;
    this.clock = clock;
    this.warnings = new Throttle(clock);
    this.routes = new Refreshed<>(clock, _ -> Routes.of(issuers.issuers()));
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

  private Optional<Document> find(String path) {
    var known = routes.get();
    var issuer = known.lists().get(path);
    return issuer == null
        ? Optional.ofNullable(known.certificates().get(path))
        : lists.computeIfAbsent(path, _ -> newest(issuer)).get();
  }

  private Refreshed<Optional<Document>> newest(IssuerRecord issuer) {
    var id = issuer.issuer().id();
    var scope = issuer.scope();
    return new Refreshed<>(
        clock,
        before ->
            before
                .filter(known -> known.isPresent() && isNewest(known.get(), issuer))
                .orElseGet(() -> crls.latestCrl(id, scope).map(Document::of)));
  }

  /// Asks for the number first: a CRL may be large, and seldom changes.
  private boolean isNewest(Document list, IssuerRecord issuer) {
    var state = crls.crlState(issuer.issuer().id(), issuer.scope());
    return state.latestNumber() == list.number();
  }

  private void write(Document document, Request request, Response response, Callback callback) {
    var left = Duration.between(clock.instant(), document.expires()).toSeconds() - 1;
    var headers = response.getHeaders();
    headers.put(HttpHeader.ETAG, document.etag());
    headers.put(HttpHeader.LAST_MODIFIED, DateGenerator.formatDate(document.modified()));
    headers.put(
        HttpHeader.CACHE_CONTROL,
        "max-age=" + Math.clamp(left, 0, settings.maxAge().toSeconds()) + ",public,no-transform");
    if (isKnown(document, request)) {
      response.setStatus(HttpStatus.NOT_MODIFIED_304);
      response.write(true, EMPTY, callback);
      return;
    }
    response.setStatus(HttpStatus.OK_200);
    headers.put(HttpHeader.CONTENT_TYPE, document.type());
    headers.put(HttpHeader.CONTENT_LENGTH, document.content().remaining());
    boolean head = HttpMethod.HEAD.is(request.getMethod());
    response.write(true, head ? EMPTY : document.content().duplicate(), callback);
  }

  private static boolean isKnown(Document document, Request request) {
    return request.getHeaders().getValuesList(HttpHeader.IF_NONE_MATCH).stream()
        .flatMap(field -> Arrays.stream(field.split(",")))
        .map(String::strip)
        .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
        .anyMatch(tag -> tag.equals("*") || tag.equals(document.etag()));
  }
}
