package dev.nameplate.ocsp;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.DateGenerator;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.Promise;
import org.jspecify.annotations.Nullable;
import org.slf4j.MDC;

/// OCSP over HTTP (RFC 6960 appendix A, RFC 9919): POST, and GET with the request in the path.
/// While a body arrives slowly no thread waits for it.
public final class OcspHandler extends Handler.Abstract {

  private static final String REQUEST_TYPE = "application/ocsp-request";
  private static final String RESPONSE_TYPE = "application/ocsp-response";

  private final OcspResponder responder;
  private final OcspSettings settings;
  private final InstantSource clock;

  public OcspHandler(OcspResponder responder, OcspSettings settings, InstantSource clock) {
    this.responder = responder;
    this.settings = settings;
    this.clock = clock;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var path = request.getHttpURI().getPath();
    if (path == null || !OcspPath.matches(path)) {
      return false;
    }
    if (HttpMethod.GET.is(request.getMethod())) {
      get(path, response, callback);
    } else if (HttpMethod.POST.is(request.getMethod()) && OcspPath.isBare(path)) {
      post(request, response, callback);
    } else if (HttpMethod.POST.is(request.getMethod())) {
      PlainText.write(response, callback, HttpStatus.NOT_FOUND_404, "POST to /ocsp");
    } else {
      response.getHeaders().put(HttpHeader.ALLOW, "GET, POST");
      PlainText.write(
          response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, "OCSP is asked by GET or POST");
    }
    return true;
  }

  private void get(String path, Response response, Callback callback) {
    var answer = responder.answer(OcspPath.request(path).orElseGet(() -> new byte[0]));
    if (answer instanceof OcspAnswer.Signed signed && signed.cacheable()) {
      putCacheHeaders(signed, response);
    }
    write(answer, response, callback);
  }

  private void post(Request request, Response response, Callback callback) {
    if (!isOcsp(request.getHeaders().get(HttpHeader.CONTENT_TYPE))) {
      PlainText.write(
          response,
          callback,
          HttpStatus.UNSUPPORTED_MEDIA_TYPE_415,
          "the content type must be " + REQUEST_TYPE);
      return;
    }
    if (request.getLength() > settings.largestRequest()) {
      tooLarge(response, callback);
      return;
    }
    // the body may come in on another thread, where its lines belong to the same request
    var context = Optional.ofNullable(MDC.getCopyOfContextMap());
    // the answer blocks on store and key, so never on the thread that reads the network
    Content.Source.asByteArrayAsync(
        request,
        settings.largestRequest(),
        Promise.Invocable.from(
            InvocationType.BLOCKING,
            body -> {
              context.ifPresent(MDC::setContextMap);
              try {
                write(responder.answer(body), response, callback);
              } finally {
                MDC.clear();
              }
            },
            failure -> failed(failure, response, callback)));
  }

  private void failed(Throwable failure, Response response, Callback callback) {
    switch (failure) {
      case IllegalStateException _ -> tooLarge(response, callback);
      case TimeoutException _ ->
          PlainText.write(
              response, callback, HttpStatus.REQUEST_TIMEOUT_408, "the request came too slowly");
      // broken framing, which Jetty answers with 400, or a connection that is no more
      default -> callback.failed(failure);
    }
  }

  private void tooLarge(Response response, Callback callback) {
    PlainText.write(
        response,
        callback,
        HttpStatus.PAYLOAD_TOO_LARGE_413,
        "an OCSP request has at most " + settings.largestRequest() + " bytes");
  }

  private void write(OcspAnswer answer, Response response, Callback callback) {
    var headers = response.getHeaders();
    headers.put(HttpHeader.CONTENT_TYPE, RESPONSE_TYPE);
    if (!headers.contains(HttpHeader.CACHE_CONTROL)) {
      headers.put(HttpHeader.CACHE_CONTROL, "no-cache");
    }
    if (answer instanceof OcspAnswer.Unsigned unsigned && unsigned.error() == OcspError.TRY_LATER) {
      headers.put(HttpHeader.RETRY_AFTER, settings.retryAfter().toSeconds());
    }
    response.setStatus(HttpStatus.OK_200);
    headers.put(HttpHeader.CONTENT_LENGTH, answer.der().length());
    response.write(true, ByteBuffer.wrap(answer.der().toByteArray()), callback);
  }

  private void putCacheHeaders(OcspAnswer.Signed answer, Response response) {
    var left = Duration.between(clock.instant(), answer.nextUpdate()).minusSeconds(1);
    long maxAge = Math.clamp(left.toSeconds(), 0, settings.maxAge().toSeconds());
    var headers = response.getHeaders();
    headers.put(HttpHeader.LAST_MODIFIED, DateGenerator.formatDate(answer.thisUpdate()));
    headers.put(HttpHeader.EXPIRES, DateGenerator.formatDate(answer.nextUpdate()));
    headers.put(HttpHeader.ETAG, '"' + answer.der().sha256Hex() + '"');
    headers.put(
        HttpHeader.CACHE_CONTROL, "max-age=" + maxAge + ",public,no-transform,must-revalidate");
  }

  private static boolean isOcsp(@Nullable String contentType) {
    return contentType != null
        && contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(REQUEST_TYPE);
  }
}
