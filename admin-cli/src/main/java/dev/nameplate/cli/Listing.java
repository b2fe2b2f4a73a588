package dev.nameplate.cli;

import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.LifecycleApi;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Devices and certificates as tables.
final class Listing {

  private Listing() {}

  static Table devices(List<AdminApi.Device> devices) {
    var table =
        Table.of("DEVICE", "STATE", "PROFILE", "MODEL", "SITE", "GROUP", "REGISTERED", "RETIRED");
    for (var device : devices) {
      table.row(
          device.id(),
          device.state(),
          device.profile(),
          device.model(),
          device.site(),
          device.group(),
          device.registeredAt(),
          device.retiredAt());
    }
    return table;
  }

  static Table device(AdminApi.Device device) {
    var table =
        Table.pairs()
            .row("device", device.id())
            .row("state", device.state())
            .row("profile", device.profile())
            .row("registered", device.registeredAt());
    if (device.retiredAt() != null) {
      table.row("retired", device.retiredAt());
    }
    known(table, "epoch", device.epoch() == 1 ? null : String.valueOf(device.epoch()));
    known(table, "model", device.model());
    known(table, "site", device.site());
    known(table, "group", device.group());
    known(table, "lot", device.lot());
    known(table, "owner", device.owner());
    known(table, "hardware serial", device.hardwareSerial());
    return table;
  }

  private static void known(Table table, String name, @Nullable String value) {
    if (value != null) {
      table.row(name, value);
    }
  }

  /// The identities that a device had and has.
  static Table epochs(List<LifecycleApi.Epoch> epochs) {
    var table = Table.of("EPOCH", "PROFILE", "BEGAN", "RETIRED", "PROVEN");
    for (var epoch : epochs) {
      table.row(
          epoch.epoch(), epoch.profile(), epoch.openedAt(), epoch.retiredAt(), epoch.finishedAt());
    }
    return table;
  }

  static Table requests(List<AdminApi.PendingRequest> requests) {
    var table = Table.of("ID", "OWNER", "LABEL", "STATE", "SUBJECT", "REQUESTED", "UNTIL");
    for (var each : requests) {
      table.row(
          each.id(),
          each.owner(),
          each.label(),
          each.state(),
          each.subject(),
          each.requestedAt(),
          each.expiresAt());
    }
    return table;
  }

  static Table request(AdminApi.PendingRequest request) {
    var table =
        Table.pairs()
            .row("id", request.id())
            .row("owner", request.owner())
            .row("label", request.label())
            .row("state", request.state())
            .row("subject", request.subject())
            .row("key SHA-256", request.keySha256())
            .row("credential", request.credential())
            .row("requested", request.requestedAt())
            .row("request", request.requestId())
            .row("from", request.address())
            .row("until", request.expiresAt());
    if (request.decidedAt() != null) {
      table.row("decided", request.decidedAt()).row("by", request.decidedBy());
    }
    return request.reason() == null ? table : table.row("reason", request.reason());
  }

  static Table certificates(List<AdminApi.Certificate> certificates) {
    var table = Table.of("SERIAL", "OWNER", "STANDING", "NOT AFTER", "KEY");
    for (var each : certificates) {
      table.row(each.serial(), each.owner(), standing(each), each.notAfter(), each.key());
    }
    return table;
  }

  static Table certificate(AdminApi.Certificate certificate) {
    var table =
        Table.pairs()
            .row("serial", certificate.serial())
            .row("subject", certificate.subject())
            .row("owner", certificate.owner())
            .row("standing", standing(certificate))
            .row("not before", certificate.notBefore())
            .row("not after", certificate.notAfter())
            .row("key", certificate.key())
            .row("label", certificate.label().isEmpty() ? null : certificate.label())
            .row("confirmed", certificate.confirmedAt())
            .row("revoked from", certificate.dueAt())
            .row("replaces", certificate.replaces());
    var revocation = certificate.revocation();
    if (revocation != null) {
      table
          .row(isHold(revocation) ? "on hold since" : "revoked", revocation.at())
          .row("reason", revocation.reason());
      if (revocation.invalidityDate() != null) {
        table.row("invalid from", revocation.invalidityDate());
      }
    }
    return table
        .row("SHA-256", certificate.sha256())
        .row("issuer", certificate.issuer())
        .row("CRL", certificate.crlUrl());
  }

  /// A word or two for what a certificate is worth: `confirmed`, `pending`, `superseded`, `on
  /// hold`, `revoked (superseded)`, `reserved`, `abandoned`.
  private static String standing(AdminApi.Certificate certificate) {
    var revocation = certificate.revocation();
    if (revocation != null) {
      return isHold(revocation) ? "on hold" : "revoked (" + revocation.reason() + ")";
    }
    if (!certificate.state().equals("issued")) {
      return certificate.state();
    }
    return Optional.ofNullable(certificate.slot()).orElse("superseded");
  }

  private static boolean isHold(AdminApi.Revocation revocation) {
    return revocation.reason().equals(RevocationReason.CERTIFICATE_HOLD.rfcName());
  }
}
