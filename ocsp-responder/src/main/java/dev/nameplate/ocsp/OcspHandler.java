package dev.nameplate.ocsp;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpField;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.PreEncodedHttpField;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.thread.Invocable;
import org.jspecify.annotations.Nullable;

/// OCSP over HTTP (RFC 6960 appendix A, RFC 9919): POST, and GET or HEAD with the request in the
/// path. What is remembered is answered by the thread that read the request; everything else waits
/// for store and token elsewhere. While a body arrives slowly no thread waits for it.
public final class OcspHandler extends Handler.Abstract.NonBlocking {

  private static final String REQUEST_TYPE = "application/ocsp-request";

  private static final HttpField RESPONSE_TYPE =
      new PreEncodedHttpField(HttpHeader.CONTENT_TYPE, "application/ocsp-response");
  private static final HttpField NO_CACHE =
      new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, "no-cache");

  private final OcspResponder responder;
  private final SourceLimit sources;
  private final OcspSettings settings;
  private final InstantSource clock;
  private final Executor aside;
  private final long mostAge;
  private final HttpField usualAge;

  /// What is written back, and to whom.
  private record Exchange(
      Request request, Response response, Callback callback, boolean mayBeKept) {}

  /// @param aside where answers are made that have to wait for store and token
  public OcspHandler(
      OcspResponder responder,
      SourceLimit sources,
      Executor aside,
      OcspSettings settings,
      InstantSource clock) {
    this.responder = responder;
    this.sources = sources;
    this.settings = settings;
    this.clock = clock;
    this.aside = aside;
    this.mostAge = settings.maxAge().toSeconds();
    this.usualAge = new PreEncodedHttpField(HttpHeader.CACHE_CONTROL, cacheControl(mostAge));
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var path = request.getHttpURI().getPath();
    if (path == null || !OcspPath.matches(path)) {
      return false;
    }
    var method = request.getMethod();
    if (HttpMethod.POST.is(method) && OcspPath.isBare(path)) {
      post(new Exchange(request, response, callback, false));
    } else if (HttpMethod.GET.is(method) || HttpMethod.HEAD.is(method)) {
      answer(OcspPath.request(path), new Exchange(request, response, callback, true));
    } else if (HttpMethod.POST.is(method)) {
      PlainText.write(response, callback, HttpStatus.NOT_FOUND_404, "POST to /ocsp");
    } else {
      response.getHeaders().put(HttpHeader.ALLOW, "GET, HEAD, POST");
      PlainText.write(
          response, callback, HttpStatus.METHOD_NOT_ALLOWED_405, "OCSP is asked by GET or POST");
    }
    return true;
  }

  private void post(Exchange exchange) {
    if (!isOcsp(exchange.request().getHeaders().get(HttpHeader.CONTENT_TYPE))) {
      PlainText.write(
          exchange.response(),
          exchange.callback(),
          HttpStatus.UNSUPPORTED_MEDIA_TYPE_415,
          "the content type must be " + REQUEST_TYPE);
      return;
    }
    if (exchange.request().getLength() > settings.largestRequest()) {
      tooLarge(exchange);
      return;
    }
    new Body(exchange).run();
  }

  /// The body, as it comes in. Not by the means of Jetty, which fail a request after it was
  /// answered that its body is too large.
  private final class Body implements Invocable.Task {

    private final Exchange exchange;
    private byte[] bytes;
    private int length;

    Body(Exchange exchange) {
      this.exchange = exchange;
      this.bytes = new byte[(int) Math.max(0, exchange.request().getLength())];
    }

    @Override
    public InvocationType getInvocationType() {
      return InvocationType.NON_BLOCKING;
    }

    @Override
    public void run() {
      var request = exchange.request();
      for (var chunk = request.read(); chunk != null; chunk = request.read()) {
        if (Content.Chunk.isFailure(chunk)) {
          failed(chunk.getFailure(), exchange);
          return;
        }
        boolean last = chunk.isLast();
        boolean fits = chunk.remaining() <= settings.largestRequest() - length;
        if (fits) {
          take(chunk);
        }
        chunk.release();
        if (!fits) {
          tooLarge(exchange);
          return;
        }
        if (last) {
          answer(length == bytes.length ? bytes : Arrays.copyOf(bytes, length), exchange);
          return;
        }
      }
      request.demand(this);
    }

    private void take(Content.Chunk chunk) {
      int more = chunk.remaining();
      if (length + more > bytes.length) {
        bytes = Arrays.copyOf(bytes, Math.max(length + more, 2 * bytes.length));
      }
      chunk.get(bytes, length, more);
      length += more;
    }
  }

  private void answer(byte[] encoded, Exchange exchange) {
    var remembered = responder.remembered(encoded);
    if (remembered.isPresent()) {
      write(remembered.get(), exchange);
      return;
    }
    var peer = exchange.request().getConnectionMetaData().getRemoteSocketAddress();
    if (!sources.take(peer)) {
      write(responder.refuse(), exchange);
      return;
    }
    aside.execute(() -> {
      try {
        write(responder.answer(encoded), exchange);
      } catch (RuntimeException | Error failed) {
        exchange.callback().failed(failed);
      }
    });
  }

  private void failed(Throwable failure, Exchange exchange) {
    switch (failure) {
      case TimeoutException _ ->
          PlainText.write(
              exchange.response(),
              exchange.callback(),
              HttpStatus.REQUEST_TIMEOUT_408,
              "the request came too slowly");
      // broken framing, which Jetty answers with 400, or a connection that is no more
      default -> exchange.callback().failed(failure);
    }
  }

  private void tooLarge(Exchange exchange) {
    PlainText.write(
        exchange.response(),
        exchange.callback(),
        HttpStatus.PAYLOAD_TOO_LARGE_413,
        "an OCSP request has at most " + settings.largestRequest() + " bytes");
  }

  private void write(OcspAnswer answer, Exchange exchange) {
    var response = exchange.response();
    var headers = response.getHeaders();
    if (exchange.mayBeKept() && answer instanceof OcspAnswer.Signed signed && signed.cacheable()) {
      signed.fields().forEach(headers::add);
      headers.add(age(signed));
      if (isKnown(signed, exchange.request())) {
        response.setStatus(HttpStatus.NOT_MODIFIED_304);
        response.write(true, BufferUtil.EMPTY_BUFFER, exchange.callback());
        return;
      }
    } else {
      headers.add(NO_CACHE);
    }
    if (answer instanceof OcspAnswer.Unsigned(_, var error) && error == OcspError.TRY_LATER) {
      headers.put(HttpHeader.RETRY_AFTER, settings.retryAfter().toSeconds());
    }
    var content = answer.content();
    response.setStatus(HttpStatus.OK_200);
    headers.add(RESPONSE_TYPE);
    headers.put(HttpHeader.CONTENT_LENGTH, content.remaining());
    response.write(true, content, exchange.callback());
  }

  private HttpField age(OcspAnswer.Signed answer) {
    long left = (answer.nextUpdate() - clock.millis()) / Duration.ofSeconds(1).toMillis() - 1;
    return left >= mostAge
        ? usualAge
        : new HttpField(HttpHeader.CACHE_CONTROL, cacheControl(Math.max(0, left)));
  }

  private static String cacheControl(long maxAge) {
    return "max-age=" + maxAge + ",public,no-transform,must-revalidate";
  }

  private static boolean isKnown(OcspAnswer.Signed answer, Request request) {
    var headers = request.getHeaders();
    return headers.contains(HttpHeader.IF_NONE_MATCH)
        && headers.getValuesList(HttpHeader.IF_NONE_MATCH).stream()
            .flatMap(field -> Arrays.stream(field.split(",")))
            .map(String::strip)
            .map(tag -> tag.startsWith("W/") ? tag.substring(2) : tag)
            .anyMatch(tag -> tag.equals("*") || tag.equals(answer.etag()));
  }

  private static boolean isOcsp(@Nullable String contentType) {
    return contentType != null
        && (contentType.equals(REQUEST_TYPE)
            || contentType.split(";", 2)[0].strip().toLowerCase(Locale.ROOT).equals(REQUEST_TYPE));
  }
}
