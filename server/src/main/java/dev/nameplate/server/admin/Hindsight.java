package dev.nameplate.server.admin;

import com.fasterxml.jackson.databind.JsonNode;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SequencedMap;
import org.jspecify.annotations.Nullable;

/// How a device stood at some time: its events until then, one after the other.
final class Hindsight {

  /// How many events of one device are looked at.
  private static final int MOST = 10_000;

  /// A certificate that was not revoked so far.
  private record Alive(Instant issuedAt, String standing) {

    Alive as(String other) {
      return new Alive(issuedAt, other);
    }
  }

  private final AuditLog audit;
  private final CertificateStore certificates;

  Hindsight(AuditLog audit, CertificateStore certificates) {
    this.audit = audit;
    this.certificates = certificates;
  }

  /// @param told how many events are told
  AdminApi.Past look(DeviceId device, Instant at, int told) {
    var all = audit.newest(Optional.of(device.owner().toString()), MOST);
    var until = all.stream().filter(row -> !row.at().isAfter(at)).toList();
    var then = new Then();
    until.reversed().forEach(then::next);
    return new AdminApi.Past(
        device.value(),
        at,
        then.state,
        then.profile,
        then.alive(),
        all.size() < MOST,
        until.stream().limit(told).map(History::event).toList());
  }

  /// What the events so far come to.
  private final class Then {
    private @Nullable String state;
    private @Nullable String profile;
    private final SequencedMap<String, Alive> alive = new LinkedHashMap<>();

    void next(AuditRow row) {
      var of = History.payload(row);
      var serial = of.path("serial").asText();
      switch (row.kind()) {
        case "OwnerRegistered" -> {
          state = "registered";
          profile = of.path("label").asText();
        }
        case "Issued" -> {
          alive.putLast(serial, new Alive(row.at(), "pending"));
          state = "active".equals(state) ? state : "enrolled";
        }
        case "Confirmed" -> {
          alive.computeIfPresent(serial, (_, each) -> each.as("confirmed"));
          state = "active";
        }
        case "Revoked" -> {
          if (isHold(of, "reason")) {
            alive.computeIfPresent(serial, (_, each) -> each.as("on_hold"));
          } else {
            alive.remove(serial);
          }
        }
        case "ReasonChanged" -> {
          if (!isHold(of, "to")) {
            alive.remove(serial);
          }
        }
        case "Released" -> alive.computeIfPresent(serial, (_, each) -> each.as("confirmed"));
        case "Suspended" -> state = "suspended";
        case "Resumed" -> state = "active";
        // until it is proven
        case "Retired" -> state = "retiring";
        case "RetirementFinished" -> state = "retired";
        case "RegistrationCancelled" -> state = "cancelled";
        case "Repurposed" -> {
          state = "registered";
          profile = of.path("label").asText();
        }
        case "Purged" -> state = "purged";
        default -> {
          // says nothing about how it stands
        }
      }
    }

    private static boolean isHold(JsonNode of, String field) {
      return of.path(field).asText().toLowerCase(Locale.ROOT).contains("hold");
    }

    List<AdminApi.PastCertificate> alive() {
      var list = new ArrayList<AdminApi.PastCertificate>();
      alive.forEach((serial, each) ->
          list.add(
              new AdminApi.PastCertificate(
                  serial, each.issuedAt(), each.standing(), notAfter(serial))));
      return list.reversed();
    }

    private @Nullable Instant notAfter(String serial) {
      return certificates.findBySerial(SerialNumber.ofHex(serial)).stream()
          .findFirst()
          .map(CertificateRecord::notAfter)
          .orElse(null);
    }
  }
}
