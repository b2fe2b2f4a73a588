package dev.nameplate.ca.store;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.signing.CanonicalJson;
import dev.nameplate.ca.x509.SerialNumber;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// A device in a plan, with all that its retirement takes away as things were then.
///
/// @param certificates how many would be revoked
/// @param json the canonical form of all of it, RFC 8785
public record PlannedDevice(Owner owner, int epoch, int certificates, String json) {

  /// @param certificates unexpired and not ended, of every authority, epoch and label, and
  ///   reservations
  /// @param requests that wait for an operator
  /// @param secrets of its present epoch that could still be used
  public static PlannedDevice of(
      OwnerRecord device,
      List<CertificateRecord> certificates,
      List<PendingRequest> requests,
      List<SecretRecord> secrets) {
    var issued =
        certificates.stream()
            .filter(record -> record.state() == CertificateState.ISSUED)
            .map(PlannedDevice::certificate)
            .toList();
    var reserved =
        certificates.stream()
            .filter(record -> record.state() == CertificateState.RESERVED)
            .map(PlannedDevice::certificate)
            .toList();
    var members = new TreeMap<String, Object>();
    members.put("id", device.owner().id());
    members.put("epoch", Integer.toString(device.epoch()));
    members.put("state", device.state().name());
    members.put("certificates", issued);
    members.put("reservations", reserved);
    members.put("requests", requests.stream().map(request -> request.id().value()).toList());
    members.put("secrets", secrets.stream().map(SecretRecord::id).toList());
    return new PlannedDevice(
        device.owner(), device.epoch(), issued.size(), CanonicalJson.of(members));
  }

  /// Whether the plan named a certificate with this serial.
  public boolean names(SerialNumber serial) {
    // in canonical form there is one way to write it
    return json.contains("\"serial\":\"" + serial.hex() + "\"");
  }

  private static Map<String, String> certificate(CertificateRecord record) {
    return Map.of(
        "issuer",
        record.issuer().hex(),
        "serial",
        record.serial().hex(),
        "epoch",
        Integer.toString(record.epoch()),
        "label",
        record.label(),
        "not_after",
        record.notAfter().toString());
  }
}
