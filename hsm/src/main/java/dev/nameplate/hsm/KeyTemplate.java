package dev.nameplate.hsm;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/// What we demand of a key pair: asked for when it is made, and read back, since a token may make
/// less of it.
record KeyTemplate(KeyScheme scheme, ObjectName name) {

  /// For C_GenerateKeyPair.
  List<Attribute> privateKey() {
    return Stream.concat(labelAndId().stream(), demandedOfPrivate().stream()).toList();
  }

  /// For C_GenerateKeyPair.
  List<Attribute> publicKey() {
    return Stream.of(labelAndId(), scheme.parameters(), demandedOfPublic())
        .flatMap(List::stream)
        .toList();
  }

  /// @throws HsmException naming the attributes that are not as demanded
  void checkPrivateKey(Session session, long key) {
    var origin =
        List.of(
            Attribute.of(Cka.LOCAL, true),
            Attribute.of(Cka.ALWAYS_SENSITIVE, true),
            Attribute.of(Cka.NEVER_EXTRACTABLE, true));
    check("private", session, key, Stream.concat(privateKey().stream(), origin.stream()).toList());
  }

  /// @throws HsmException naming the attributes that are not as demanded
  void checkPublicKey(Session session, long key) {
    check("public", session, key, publicKey());
  }

  private List<Attribute> demandedOfPrivate() {
    return List.of(
        Attribute.of(Cka.TOKEN, true),
        Attribute.of(Cka.PRIVATE, true),
        Attribute.of(Cka.SENSITIVE, true),
        Attribute.of(Cka.EXTRACTABLE, false),
        Attribute.of(Cka.SIGN, true),
        Attribute.of(Cka.SIGN_RECOVER, false),
        Attribute.of(Cka.DECRYPT, false),
        Attribute.of(Cka.UNWRAP, false),
        Attribute.of(Cka.DERIVE, false),
        Attribute.of(Cka.COPYABLE, false),
        Attribute.of(Cka.MODIFIABLE, false),
        Attribute.of(Cka.ALLOWED_MECHANISMS, scheme.signing().type()));
  }

  private List<Attribute> demandedOfPublic() {
    return List.of(
        Attribute.of(Cka.TOKEN, true),
        Attribute.of(Cka.PRIVATE, false),
        Attribute.of(Cka.VERIFY, true),
        Attribute.of(Cka.ENCRYPT, false),
        Attribute.of(Cka.WRAP, false),
        Attribute.of(Cka.MODIFIABLE, false));
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
