package dev.nameplate.server;

import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.store.CheckpointStore.Stored;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.function.Supplier;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpMethod;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// The last checkpoint of the audit log, beside the CRLs: whoever fetches those can keep it.
final class CheckpointHandler extends Handler.Abstract.NonBlocking {

  private static final String JOSE = "application/jose";
  private static final String CACHE = "max-age=30,public,no-transform";

  private final Supplier<Optional<Stored>> latest;

  CheckpointHandler(Supplier<Optional<Stored>> latest) {
    this.latest = latest;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    var path = request.getHttpURI().getPath();
    var stored = latest.get();
    boolean isRead =
        HttpMethod.GET.is(request.getMethod()) || HttpMethod.HEAD.is(request.getMethod());
    if (!StatusUrls.CHECKPOINT_PATH.equals(path) || !isRead || stored.isEmpty()) {
      return false;
    }
    var jws = stored.get().jws().getBytes(StandardCharsets.US_ASCII);
    response.setStatus(HttpStatus.OK_200);
    response.getHeaders().put(HttpHeader.CONTENT_TYPE, JOSE);
    response.getHeaders().put(HttpHeader.CONTENT_LENGTH, jws.length);
    response.getHeaders().put(HttpHeader.CACHE_CONTROL, CACHE);
    boolean head = HttpMethod.HEAD.is(request.getMethod());
    response.write(true, ByteBuffer.wrap(head ? new byte[0] : jws), callback);
    return true;
  }
}
