package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import java.util.HexFormat;
import java.util.List;

/// What both halves of a key pair are called in their token.
///
/// @param label the CKA_LABEL
/// @param id the CKA_ID, in lower-case hex
record ObjectName(String label, String id) {

  ObjectName {
    if (label.isBlank()) {
      throw HsmException.refused("a key needs a label");
    }
    try {
      HexFormat.of().parseHex(id);
    } catch (IllegalArgumentException notHex) {
      throw HsmException.refused("the id of key " + label + " is not hex: " + id, notHex);
    }
  }

  static ObjectName of(KeyLocation location) {
    return new ObjectName(location.label(), location.id());
  }

  List<Attribute> template(long objectClass) {
    return List.of(
        Attribute.of(Cka.CLASS, objectClass),
        Attribute.of(Cka.LABEL, label),
        Attribute.of(Cka.ID, idBytes()));
  }

  byte[] idBytes() {
    return HexFormat.of().parseHex(id);
  }

  @Override
  public String toString() {
    return label + " (id " + id + ")";
  }
}
