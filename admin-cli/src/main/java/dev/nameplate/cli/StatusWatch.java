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
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/// Looks at the public OCSP responder and the CRLs, as a relying party would, until they say that
/// certificates are revoked.
final class StatusWatch {

  /// Where relying parties look. Delta CRLs will be a third place, `delta`, once a CRL names one.
  enum Place {
    OCSP,
    CRL;

    @Override
    public String toString() {
      return this == OCSP ? "ocsp" : "crl";
    }
  }

  /// A revoked certificate, its issuer, and where to look. A place without a URL is one that the
  /// certificate does not name: nobody will ever see it there.
  record Revoked(X509Certificate certificate, X509Certificate issuer, Map<Place, URI> urls) {

    Revoked {
      urls = Map.copyOf(urls);
    }

    SerialNumber serial() {
      return new SerialNumber(certificate.getSerialNumber());
    }
  }

  /// @param after the time between the start of the watch and the first answer that said so
  record Sighting(SerialNumber serial, Place place, Duration after) {}

  /// What is still to be seen.
  ///
  /// @param last what was seen there instead, the last time
  record Missing(SerialNumber serial, Place place, String last) {}

  /// @param missing empty if all was seen in time
  record Outcome(List<Sighting> sightings, List<Missing> missing) {}

  private record Look(Revoked certificate, Place place) {

    URI url() {
      return Objects.requireNonNull(certificate.urls().get(place));
    }
  }

  /// Lets some time go by.
  interface Pause {
    void last(Duration time);
  }

  private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(2);

  private final RelyingParty eyes;
  private final InstantSource clock;
  private final Pause pause;

  StatusWatch(RelyingParty eyes, InstantSource clock, Pause pause) {
    this.eyes = eyes;
    this.clock = clock;
    this.pause = pause;
  }

  /// Returns when every certificate was seen revoked in each of the places, or the time is over.
  Outcome await(
      List<Revoked> certificates, Set<Place> places, Duration timeout, Consumer<String> progress) {
    var start = clock.instant();
    var sightings = new ArrayList<Sighting>();
    var missing = new ArrayList<Missing>();
    var open = new LinkedHashMap<Look, String>();
    for (var place : places) {
      for (var certificate : certificates) {
        if (certificate.urls().containsKey(place)) {
          open.put(new Look(certificate, place), "not asked yet");
        } else {
          missing.add(
              new Missing(certificate.serial(), place, "the certificate names no URL for it"));
        }
      }
    }
    var wait = FIRST_PAUSE;
    while (true) {
      for (var look : List.copyOf(open.keySet())) {
        var instead = lookAt(look);
        if (instead.isPresent()) {
          open.put(look, instead.get());
          continue;
        }
        open.remove(look);
        var after = Duration.between(start, clock.instant());
        sightings.add(new Sighting(look.certificate().serial(), look.place(), after));
        progress.accept(
            "%s says revoked: %s (after %d.%d s)"
                .formatted(
                    look.place() == Place.OCSP ? "OCSP" : "The CRL",
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
        .map(entry ->
            new Missing(
                entry.getKey().certificate().serial(), entry.getKey().place(), entry.getValue()))
        .toList();
  }

  /// Empty if the certificate is seen revoked, otherwise what is seen instead.
  private Optional<String> lookAt(Look look) {
    var revoked = look.certificate();
    var sight =
        switch (look.place()) {
          case OCSP -> eyes.askOcsp(revoked.certificate(), revoked.issuer(), look.url());
          case CRL -> eyes.readCrl(revoked.certificate(), revoked.issuer(), look.url());
        };
    return switch (sight) {
      case Sight.Revoked _ -> Optional.empty();
      case Sight.Good(var says) -> Optional.of(says);
      case Sight.Nothing(var why) -> Optional.of(why);
    };
  }
}
