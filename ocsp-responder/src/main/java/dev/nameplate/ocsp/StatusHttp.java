package dev.nameplate.ocsp;

import java.util.concurrent.Executor;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.http.UriCompliance.Violation;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;

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

  /// Virtual threads for what has to wait. There are no more of them than connections, each of
  /// which asks one thing at a time.
  public static final Executor ASIDE = task -> Thread.ofVirtual().name("status").start(task);

  private StatusHttp() {}

  /// A new configuration for the connector of the status listener.
  public static HttpConfiguration configuration() {
    var configuration = new HttpConfiguration();
    configuration.setUriCompliance(BASE64_IN_PATH);
    configuration.setRequestHeaderSize(HEADER_SIZE);
    configuration.setSendServerVersion(false);
    return configuration;
  }

  /// OCSP, CRLs and issuer certificates, and a plain 404 for everything else. It never blocks the
  /// thread that calls it, and a server that has no other handler spends none on it.
  public static Handler handler(OcspHandler ocsp, CrlHandler crls, Executor aside) {
    return new Handler.Sequence(ocsp, new Aside(crls, aside));
  }
}
