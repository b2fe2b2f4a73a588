package dev.nameplate.ca.store;

import dev.nameplate.ca.signing.CanonicalJson;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.RevocationReason;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What a plan says, as one text: canonical JSON (RFC 8785). Two plans that do the same to the same
/// devices have the same text, whoever made them and when.
public final class PlanDocument {

  private PlanDocument() {}

  public static String of(
      RevocationReason reason,
      String note,
      Optional<WipeEvidence> wipe,
      List<PlannedDevice> devices) {
    var rest = new TreeMap<String, Object>();
    rest.put("kind", "decommission");
    rest.put("note", note);
    rest.put("reason", reason.rfcName());
    rest.put("v", "1");
    wipe.ifPresent(evidence -> rest.put("wipe", evidence.members()));
    // each device's text is canonical already, and their name comes before the others
    return devices.stream()
        .sorted(Comparator.comparing(device -> device.owner().id()))
        .map(PlannedDevice::json)
        .collect(Collectors.joining(",", "{\"devices\":[", "],"))
        .concat(CanonicalJson.of(rest).substring(1));
  }

  /// SHA-256 of that text in UTF-8, in hex.
  public static String sha256(
      RevocationReason reason,
      String note,
      Optional<WipeEvidence> wipe,
      List<PlannedDevice> devices) {
    var text = of(reason, note, wipe, devices);
    return HexFormat.of().formatHex(Der.sha256(text.getBytes(StandardCharsets.UTF_8)));
  }
}
