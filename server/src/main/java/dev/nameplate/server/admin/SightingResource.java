package dev.nameplate.server.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.RuntimeJsonMappingException;
import dev.nameplate.ca.sighting.Sightings;
import dev.nameplate.ca.store.Sighting;
import dev.nameplate.ca.store.SightingRecord.Alarm;
import dev.nameplate.ca.store.SightingStore;
import jakarta.annotation.security.RolesAllowed;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.SecurityContext;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// What brokers and gateways tell of certificates in use.
@Path("sightings")
@Produces(MediaType.APPLICATION_JSON)
public final class SightingResource {

  static final String NDJSON = "application/x-ndjson";

  private static final ObjectReader SIGHTING = AdminApi.json().readerFor(ReportApi.Sighting.class);

  private final Sightings sightings;

  SightingResource(Sightings sightings) {
    this.sightings = sightings;
  }

  /// All of them, or none if one cannot be understood. The same ones again change nothing.
  ///
  /// @param body a JSON array, or one JSON object after the other
  @POST
  @Consumes({MediaType.APPLICATION_JSON, NDJSON})
  @RolesAllowed({Role.GATEWAY, Role.DEVICE_ADMIN})
  public ReportApi.TakenSightings take(byte @Nullable [] body, @Context SecurityContext gateway)
      throws JsonProcessingException {
    var taken = parse(body == null ? new byte[0] : body, name(gateway));
    try {
      var outcome = sightings.take(taken);
      return new ReportApi.TakenSightings(
          outcome.counted().size(),
          outcome.repeated(),
          outcome.dropped(),
          alarms(outcome.counted(), Alarm.UNKNOWN),
          alarms(outcome.counted(), Alarm.TAKEN_BACK));
    } catch (IllegalArgumentException wrong) {
      throw ProblemException.invalid(String.valueOf(wrong.getMessage()));
    }
  }

  private static List<Sighting> parse(byte[] body, String gateway) throws JsonProcessingException {
    var sightings = new ArrayList<Sighting>();
    try (var items = SIGHTING.<ReportApi.Sighting>readValues(body)) {
      while (items.hasNextValue()) {
        if (sightings.size() == Sightings.MOST) {
          throw ProblemException.tooLarge(
              "more than " + Sightings.MOST + " sightings; tell them in several requests");
        }
        sightings.add(sighting(sightings.size(), items.nextValue(), gateway));
      }
    } catch (JsonProcessingException malformed) {
      throw malformed;
    } catch (RuntimeJsonMappingException | IOException impossible) {
      throw new IllegalStateException("reading from memory", impossible);
    }
    return sightings;
  }

  private static Sighting sighting(int index, ReportApi.@Nullable Sighting told, String gateway) {
    if (told == null || told.fingerprint() == null || told.at() == null) {
      throw ProblemException.invalid("item " + index + ": fingerprint and at are needed");
    }
    try {
      return new Sighting(
          plain(told.fingerprint()), told.source() == null ? gateway : told.source(), told.at());
    } catch (IllegalArgumentException wrong) {
      throw ProblemException.invalid("item " + index + ": " + wrong.getMessage());
    }
  }

  /// Also as openssl prints it: `AB:CD:…`.
  static String plain(String fingerprint) {
    return fingerprint.replace(":", "").toLowerCase(Locale.ROOT);
  }

  private static int alarms(List<SightingStore.Seen> seen, Alarm alarm) {
    return (int)
        seen.stream().filter(each -> each.alarm().filter(alarm::equals).isPresent()).count();
  }

  /// `broker-3` of `admin:broker-3`.
  static String name(SecurityContext gateway) {
    var principal = gateway.getUserPrincipal().getName();
    return principal.substring(principal.indexOf(':') + 1);
  }
}
