package dev.nameplate.hsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/// What we demand of a key pair: asked for when it is made, and read back, since a token may make
/// less of it.
///
/// @param mechanism the one with which the key will sign
/// @param profile what this token is asked for
record KeyTemplate(
    KeyScheme scheme, Mechanism mechanism, ObjectName name, TemplateProfile profile) {

  /// For C_GenerateKeyPair.
  List<Attribute> privateKey() {
    return joined(List.of(labelAndId(), profile.askedOfPrivate(mechanism)));
  }

  /// For C_GenerateKeyPair.
  List<Attribute> publicKey() {
    return joined(List.of(labelAndId(), scheme.parameters(), profile.askedOfPublic(mechanism)));
  }

  /// @throws HsmException naming the attributes that are not as demanded
  void checkPrivateKey(Session session, long key) {
    check(
        "private",
        session,
        key,
        joined(List.of(labelAndId(), profile.demandedOfPrivate(mechanism))));
  }

  /// Its type and its parameters are checked where it is read.
  ///
  /// @throws HsmException naming the attributes that are not as demanded
  void checkPublicKey(Session session, long key) {
    check(
        "public", session, key, joined(List.of(labelAndId(), profile.demandedOfPublic(mechanism))));
  }

  private static List<Attribute> joined(List<List<Attribute>> parts) {
    return parts.stream().flatMap(List::stream).toList();
  }

  private List<Attribute> labelAndId() {
    return List.of(
        Attribute.of(Cka.LABEL, name.label()),
        Attribute.of(Cka.ID, HexFormat.of().parseHex(name.id())));
  }

  private static void check(String kind, Session session, long key, List<Attribute> demanded) {
    var found = session.attributes(key, demanded.stream().map(Attribute::type).toList());
    var wrong = new ArrayList<String>();
    for (var attribute : demanded) {
      if (!Arrays.equals(found.get(attribute.type()), attribute.value())) {
        wrong.add(describe(attribute, found));
      }
    }
    if (!wrong.isEmpty()) {
      throw HsmException.refused(
          "the token made another " + kind + " key than asked for: " + String.join(", ", wrong));
    }
  }

  private static String describe(Attribute demanded, Map<Cka, byte[]> found) {
    var value = found.get(demanded.type());
    return "%s is %s, not %s"
        .formatted(
            demanded.type(),
            value == null ? "missing" : HexFormat.of().formatHex(value),
            HexFormat.of().formatHex(demanded.value()));
  }
}
