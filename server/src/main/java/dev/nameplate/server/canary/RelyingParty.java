package dev.nameplate.server.canary;

import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.server.http.WholeAnswer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.GeneralSecurityException;
import java.security.cert.CRLException;
import java.security.cert.CRLReason;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CRLEntry;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collections;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Looks at the public OCSP responder and the CRLs once, as a relying party would. Signatures and
/// freshness are checked by the JDK. May be used from many threads at once.
public final class RelyingParty {

  private static final long LARGEST_LIST = 256L * 1024 * 1024;
  private static final int MOST_LISTS = 1000;
  private static final int DEEPEST_CAUSE = 16;

  /// What was seen.
  public sealed interface Sight {

    record Revoked() implements Sight {}

    /// It is in force, as far as can be seen there.
    record Good(String says) implements Sight {}

    /// There is no such place, and waiting does not make one.
    record Nowhere(String why) implements Sight {}

    /// No answer, or none that can be believed.
    record Nothing(String why) implements Sight {}
  }

  private record Place(URI url, X509Certificate certificate) {}

  private enum Entry {
    LISTED,
    REMOVED,
    ABSENT
  }

  /// What a list says, in particular of one certificate.
  ///
  /// @param base to which list a delta has the changes; empty for a complete one
  private record Listing(
      String etag,
      Instant made,
      Optional<Instant> nextUpdate,
      BigInteger number,
      Optional<BigInteger> base,
      List<URI> freshest,
      Entry entry) {}

  /// There is no list, or none that can be believed.
  private static final class UnreadableListException extends Exception {

    private static final long serialVersionUID = 1;

    UnreadableListException(String why) {
      super(why);
    }

    String why() {
      return String.valueOf(getMessage());
    }
  }

  private final HttpClient http;
  private final Duration patience;
  private final InstantSource clock;

  /// What was read lately, without the lists themselves.
  private final Map<Place, Listing> read =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<Place, Listing> eldest) {
              return size() > MOST_LISTS;
            }
          });

  /// @param patience for one CRL, to its end
  public RelyingParty(HttpClient http, Duration patience, InstantSource clock) {
    this.http = http;
    this.patience = patience;
    this.clock = clock;
  }

  public Sight askOcsp(X509Certificate certificate, X509Certificate issuer, URI url) {
    try {
      var path = CertificateFactory.getInstance("X.509").generateCertPath(List.of(certificate));
      var validator = CertPathValidator.getInstance("PKIX");
      var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
      checker.setOptions(Set.of(PKIXRevocationChecker.Option.NO_FALLBACK));
      checker.setOcspResponder(url);
      var parameters = new PKIXParameters(Set.of(new TrustAnchor(issuer, null)));
      parameters.setDate(Date.from(clock.instant()));
      parameters.addCertPathChecker(checker);
      validator.validate(path, parameters);
      return new Sight.Good("OCSP still says good");
    } catch (CertPathValidatorException no) {
      return no.getReason() == BasicReason.REVOKED
          ? new Sight.Revoked()
          : new Sight.Nothing("no OCSP answer: " + rootOf(no));
    } catch (GeneralSecurityException broken) {
      return new Sight.Nothing("no OCSP answer: " + rootOf(broken));
    }
  }

  /// What the complete list at `url` says.
  public Sight readCrl(X509Certificate certificate, X509Certificate issuer, URI url) {
    try {
      return says(complete(certificate, issuer, url));
    } catch (UnreadableListException nothing) {
      return new Sight.Nothing(nothing.why());
    }
  }

  /// What the complete list at `url` says together with the changes to it, for which it names a
  /// delta CRL.
  ///
  /// @param where where such a URL is to be asked from here
  public Sight readDelta(
      X509Certificate certificate, X509Certificate issuer, URI url, UnaryOperator<URI> where) {
    try {
      var complete = complete(certificate, issuer, url);
      if (complete.freshest().isEmpty()) {
        return new Sight.Nowhere("the CRL names no delta CRL");
      }
      Sight sight = new Sight.Nothing("no delta CRL");
      for (var named : complete.freshest()) {
        var delta = list(certificate, issuer, where.apply(named));
        sight = delta.entry() == Entry.ABSENT ? says(complete) : says(delta);
        if (delta.base().isEmpty() || delta.base().get().compareTo(complete.number()) > 0) {
          return new Sight.Nothing("at " + named + " is no delta to CRL " + complete.number());
        }
        if (delta.number().compareTo(complete.number()) < 0) {
          return new Sight.Nothing(
              "the delta at %s is older than the CRL: %s before %s"
                  .formatted(named, delta.number(), complete.number()));
        }
        if (!(sight instanceof Sight.Revoked)) {
          return sight;
        }
      }
      return sight;
    } catch (UnreadableListException nothing) {
      return new Sight.Nothing(nothing.why());
    }
  }

  private static Sight says(Listing list) {
    var which = list.base().isPresent() ? "delta CRL" : "CRL";
    return switch (list.entry()) {
      case LISTED -> new Sight.Revoked();
      case REMOVED -> new Sight.Good("the %s of %s takes it off".formatted(which, list.made()));
      case ABSENT -> new Sight.Good("the %s of %s does not list it".formatted(which, list.made()));
    };
  }

  private Listing complete(X509Certificate certificate, X509Certificate issuer, URI url)
      throws UnreadableListException {
    var list = list(certificate, issuer, url);
    if (list.base().isPresent()) {
      throw new UnreadableListException("no CRL: there is a delta CRL at " + url);
    }
    return list;
  }

  /// A list that was read before is asked for only if there is a newer one.
  private Listing list(X509Certificate certificate, X509Certificate issuer, URI url)
      throws UnreadableListException {
    var place = new Place(url, certificate);
    var before = Optional.ofNullable(read.get(place));
    var request = HttpRequest.newBuilder(url).GET();
    before.ifPresent(known -> request.header("If-None-Match", known.etag()));
    var response = get(request.build());
    if (before.isPresent() && response.statusCode() == 304) {
      return current(before.get());
    }
    if (response.statusCode() != 200) {
      throw new UnreadableListException(
          "no CRL: HTTP status " + response.statusCode() + " at " + url);
    }
    var etag = response.headers().firstValue("ETag");
    var list = parse(response.body(), etag.orElse(""), certificate, issuer);
    if (etag.isPresent()) {
      read.put(place, list);
    } else {
      read.remove(place);
    }
    return current(list);
  }

  private HttpResponse<byte[]> get(HttpRequest request) throws UnreadableListException {
    try {
      return WholeAnswer.send(
          http, request, BodyHandlers.limiting(BodyHandlers.ofByteArray(), LARGEST_LIST), patience);
    } catch (IOException silence) {
      throw new UnreadableListException(
          "no CRL: nothing answers at " + request.uri() + " (" + rootOf(silence) + ")");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new UnreadableListException("no CRL: interrupted while waiting");
    }
  }

  private Listing current(Listing list) throws UnreadableListException {
    if (list.nextUpdate().filter(end -> end.isBefore(clock.instant())).isPresent()) {
      throw new UnreadableListException(
          "the CRL should have been replaced by " + list.nextUpdate().get());
    }
    return list;
  }

  private static Listing parse(
      byte[] list, String etag, X509Certificate certificate, X509Certificate issuer)
      throws UnreadableListException {
    try {
      var crl =
          (X509CRL)
              CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(list));
      crl.verify(issuer.getPublicKey());
      // where to go next is no matter of trust
      var pointers = Crl.parse(list);
      return new Listing(
          etag,
          crl.getThisUpdate().toInstant(),
          Optional.ofNullable(crl.getNextUpdate()).map(Date::toInstant),
          pointers.number(),
          pointers.baseNumber(),
          pointers.freshest(),
          entry(crl.getRevokedCertificate(certificate.getSerialNumber())));
    } catch (CRLException | MalformedCrlException malformed) {
      throw new UnreadableListException("no CRL: " + malformed.getMessage());
    } catch (GeneralSecurityException wrong) {
      throw new UnreadableListException(
          "the CRL is not signed by the issuer: " + wrong.getMessage());
    }
  }

  private static Entry entry(@Nullable X509CRLEntry entry) {
    if (entry == null) {
      return Entry.ABSENT;
    }
    return entry.getRevocationReason() == CRLReason.REMOVE_FROM_CRL ? Entry.REMOVED : Entry.LISTED;
  }

  private static String rootOf(Throwable failed) {
    var root = failed;
    for (int depth = 0; root.getCause() != null && depth < DEEPEST_CAUSE; depth++) {
      root = root.getCause();
    }
    return Optional.ofNullable(root.getMessage()).orElse(root.getClass().getSimpleName());
  }
}
