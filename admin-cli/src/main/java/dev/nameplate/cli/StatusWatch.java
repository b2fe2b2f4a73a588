package dev.nameplate.cli;

import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.canary.RelyingParty;
import dev.nameplate.server.canary.RelyingParty.Sight;
import java.net.URI;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;

/// Looks at the public OCSP responders and the CRLs, as a relying party would, until all of them
/// say that certificates are revoked, or good again.
final class StatusWatch {

  /// Where relying parties look.
  enum Place {
    OCSP("OCSP"),
    CRL("The CRL"),
    /// The CRL with the delta CRL that it names.
    DELTA("The CRL with its delta");

    private final String called;

    Place(String called) {
      this.called = called;
    }

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// What they should see.
  enum Wanted {
    REVOKED,
    GOOD;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// A certificate, its issuer, and where to look: at every URL of a place. A place without a URL
  /// is one that the certificate does not name: nobody will ever see it there.
  record Watched(X509Certificate certificate, X509Certificate issuer, Map<Place, List<URI>> urls) {

    Watched {
      urls = Map.copyOf(urls);
    }

    SerialNumber serial() {
      return new SerialNumber(certificate.getSerialNumber());
    }
  }

  /// @param after the time between the start of the watch and the first answer that said so
  record Sighting(SerialNumber serial, Place place, URI url, Duration after) {}

  /// What is still to be seen.
  ///
  /// @param url empty if the certificate names none
  /// @param last what was seen there instead, the last time
  record Missing(SerialNumber serial, Place place, Optional<URI> url, String last) {}

  /// @param missing empty if all was seen in time
  record Outcome(List<Sighting> sightings, List<Missing> missing) {}

  private record Look(Watched certificate, Place place, URI url) {}

  /// Lets some time go by.
  interface Pause {
    void last(Duration time);
  }

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final RelyingParty eyes;
  private final UnaryOperator<URI> where;
  private final InstantSource clock;
  private final Pause pause;

  /// @param where where a URL that a CRL names is to be asked from here
  StatusWatch(RelyingParty eyes, UnaryOperator<URI> where, InstantSource clock, Pause pause) {
    this.eyes = eyes;
    this.where = where;
    this.clock = clock;
    this.pause = pause;
  }

  /// Returns when every certificate was seen so in each of the places, or the time is over.
  Outcome await(
      Wanted wanted,
      List<Watched> certificates,
      Set<Place> places,
      Duration timeout,
      Consumer<String> progress) {
    var start = clock.instant();
    var sightings = new ArrayList<Sighting>();
    var missing = new ArrayList<Missing>();
    var open = new LinkedHashMap<Look, String>();
    for (var place : places) {
      for (var certificate : certificates) {
        var urls = certificate.urls().getOrDefault(place, List.of());
        urls.forEach(url -> open.put(new Look(certificate, place, url), "not asked yet"));
        if (urls.isEmpty()) {
          missing.add(
              new Missing(
                  certificate.serial(),
                  place,
                  Optional.empty(),
                  "the certificate names no URL for it"));
        }
      }
    }
    var wait = FIRST_PAUSE;
    while (true) {
      for (var look : List.copyOf(open.keySet())) {
        var sight = lookAt(look);
        if (sight instanceof Sight.Nowhere(var why)) {
          missing.add(missing(look, why));
          open.remove(look);
          continue;
        }
        var instead = instead(look, sight, wanted);
        if (instead.isPresent()) {
          open.put(look, instead.get());
          continue;
        }
        open.remove(look);
        var after = Duration.between(start, clock.instant());
        sightings.add(new Sighting(look.certificate().serial(), look.place(), look.url(), after));
        progress.accept(
            "%s says %s: %s (after %d.%d s)"
                .formatted(
                    look.place().called,
                    wanted,
                    look.certificate().serial(),
                    after.toSeconds(),
                    after.toMillisPart() / 100));
      }
      if (open.isEmpty() || !clock.instant().plus(wait).isBefore(start.plus(timeout))) {
        missing.addAll(missing(open));
        return new Outcome(List.copyOf(sightings), List.copyOf(missing));
      }
      pause.last(wait);
      wait =
          wait.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? wait.multipliedBy(2) : LONGEST_PAUSE;
    }
  }

  private static List<Missing> missing(Map<Look, String> open) {
    return open.entrySet().stream()
        .map(entry -> missing(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static Missing missing(Look look, String last) {
    return new Missing(look.certificate().serial(), look.place(), Optional.of(look.url()), last);
  }

  private Sight lookAt(Look look) {
    var it = look.certificate();
    return switch (look.place()) {
      case OCSP -> eyes.askOcsp(it.certificate(), it.issuer(), look.url());
      case CRL -> eyes.readCrl(it.certificate(), it.issuer(), look.url());
      case DELTA -> eyes.readDelta(it.certificate(), it.issuer(), look.url(), where);
    };
  }

  /// Empty if what is wanted is seen, otherwise what is seen instead.
  private static Optional<String> instead(Look look, Sight sight, Wanted wanted) {
    return switch (sight) {
      case Sight.Revoked _ ->
          Optional.of(look.place().called + " still says revoked")
              .filter(_ -> wanted != Wanted.REVOKED);
      case Sight.Good(var says) -> Optional.of(says).filter(_ -> wanted != Wanted.GOOD);
      case Sight.Nowhere(var why) -> Optional.of(why);
      case Sight.Nothing(var why) -> Optional.of(why);
    };
  }
}
