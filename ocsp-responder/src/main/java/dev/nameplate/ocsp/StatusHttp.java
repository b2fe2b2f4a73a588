package dev.nameplate.ocsp;

import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/// What the status listener must be like for OCSP over GET to work. It is a listener of its own: no
/// other one may take these URIs.
public final class StatusHttp {

  /// Base64 in a path has slashes, plain or as `%2F`, and two of them in a row. Jetty refuses both
  /// unless told otherwise, and everything else that is ambiguous stays refused.
  private static final UriCompliance BASE64_IN_PATH =
      UriCompliance.RFC3986.with(
          "NAMEPLATE_STATUS",
          Violation.AMBIGUOUS_PATH_SEPARATOR,
          Violation.AMBIGUOUS_EMPTY_SEGMENT);

  /// Room for the largest OCSP request in base64.
  private static final int HEADER_SIZE = 16 * 1024;

  private StatusHttp() {}

  /// A new configuration for the connector of the status listener.
  public static HttpConfiguration configuration() {
    var configuration = new HttpConfiguration();
    configuration.setUriCompliance(BASE64_IN_PATH);
    configuration.setRequestHeaderSize(HEADER_SIZE);
    configuration.setSendServerVersion(false);
    return configuration;
  }

  /// OCSP, CRLs and issuer certificates, and a plain 404 for everything else.
  public static Handler handler(OcspHandler ocsp, CrlHandler crls) {
    return new Handler.Sequence(ocsp, crls, new NothingElse());
  }

  private static final class NothingElse extends Handler.Abstract.NonBlocking {

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
      PlainText.write(response, callback, HttpStatus.NOT_FOUND_404, "nothing is here");
      return true;
    }
  }
}
