package dev.nameplate.cli.status;

import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.http.NoAnswerException;
import java.io.ByteArrayInputStream;
import java.net.URI;
import java.net.http.HttpRequest;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/// Finds who issued a certificate: among the authorities at hand, or where the certificate says.
public final class IssuerSearch {

  private final Http http;
  private final UnaryOperator<URI> where;

  /// @param where a URL in a certificate as it is reached from here
  public IssuerSearch(Http http, UnaryOperator<URI> where) {
    this.http = http;
    this.where = where;
  }

  /// The certificate at `url`, which signs nothing by being there.
  ///
  /// @throws MalformedStatusException if something else is there
  public X509Certificate fetch(URI url) throws NoAnswerException, MalformedStatusException {
    var response = http.send(HttpRequest.newBuilder(where.apply(url)).GET());
    if (response.statusCode() != 200) {
      throw new MalformedStatusException("HTTP status " + response.statusCode());
    }
    return parse(response.body());
  }

  /// @throws MalformedStatusException if it is not one certificate in DER
  public static X509Certificate parse(byte[] der) throws MalformedStatusException {
    try {
      // the JDK would read PEM as well
      if (der.length > 0 && der[0] == 0x30) {
        return (X509Certificate)
            CertificateFactory.getInstance("X.509")
                .generateCertificate(new ByteArrayInputStream(der));
      }
    } catch (CertificateException malformed) {
      throw new MalformedStatusException("not a certificate in DER", malformed);
    }
    throw new MalformedStatusException("not a certificate in DER");
  }

  /// Whoever signed it, even if nobody at hand vouches for them.
  public Optional<X509Certificate> find(
      X509Certificate certificate, List<X509Certificate> authorities) {
    return Issuers.issuerOf(certificate, authorities)
        .or(() -> fetched(certificate).filter(each -> Issuers.isIssuedBy(certificate, each)));
  }

  private Optional<X509Certificate> fetched(X509Certificate certificate) {
    try {
      for (var url : StatusPointers.of(certificate).issuers()) {
        return Optional.of(fetch(url));
      }
      return Optional.empty();
    } catch (MalformedStatusException | NoAnswerException nothing) {
      return Optional.empty();
    }
  }
}
