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
            Attribute.of(Ck.CKA_LOCAL, true),
            Attribute.of(Ck.CKA_ALWAYS_SENSITIVE, true),
            Attribute.of(Ck.CKA_NEVER_EXTRACTABLE, true));
    check("private", session, key, Stream.concat(privateKey().stream(), origin.stream()).toList());
  }

  /// @throws HsmException naming the attributes that are not as demanded
  void checkPublicKey(Session session, long key) {
    check("public", session, key, publicKey());
  }

  private List<Attribute> demandedOfPrivate() {
    return List.of(
        Attribute.of(Ck.CKA_TOKEN, true),
        Attribute.of(Ck.CKA_PRIVATE, true),
        Attribute.of(Ck.CKA_SENSITIVE, true),
        Attribute.of(Ck.CKA_EXTRACTABLE, false),
        Attribute.of(Ck.CKA_SIGN, true),
        Attribute.of(Ck.CKA_SIGN_RECOVER, false),
        Attribute.of(Ck.CKA_DECRYPT, false),
        Attribute.of(Ck.CKA_UNWRAP, false),
        Attribute.of(Ck.CKA_DERIVE, false),
        Attribute.of(Ck.CKA_COPYABLE, false),
        Attribute.of(Ck.CKA_MODIFIABLE, false),
        Attribute.of(Ck.CKA_ALLOWED_MECHANISMS, scheme.signing()));
  }

  private List<Attribute> demandedOfPublic() {
    return List.of(
        Attribute.of(Ck.CKA_TOKEN, true),
        Attribute.of(Ck.CKA_PRIVATE, false),
        Attribute.of(Ck.CKA_VERIFY, true),
        Attribute.of(Ck.CKA_ENCRYPT, false),
        Attribute.of(Ck.CKA_WRAP, false),
        Attribute.of(Ck.CKA_MODIFIABLE, false));
  }

  private List<Attribute> labelAndId() {
    return List.of(
        Attribute.of(Ck.CKA_LABEL, name.label()),
        new Attribute(Ck.CKA_ID, HexFormat.of().parseHex(name.id())));
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

  private static String describe(Attribute demanded, Map<Long, byte[]> found) {
    var value = found.get(demanded.type());
    return "attribute 0x%x is %s, not %s"
        .formatted(
            demanded.type(),
            value == null ? "missing" : HexFormat.of().formatHex(value),
            HexFormat.of().formatHex(demanded.value()));
  }
}
