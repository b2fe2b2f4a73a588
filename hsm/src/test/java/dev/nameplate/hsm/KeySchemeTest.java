package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.x509.KeyType;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeySchemeTest {

  private static final KeyScheme P256 = KeyScheme.of(KeyType.EC_P256);
  private static final KeyScheme RSA = KeyScheme.of(KeyType.RSA_2048);

  private final SoftwareSigningKey key = SoftwareSigningKey.generate(KeyType.EC_P256);

  @Test
  void aPointIsReadInAnOctetStringAndWithoutOne() {
    var point = key.publicKey().keyBits();
    var octetString = HexFormat.of().parseHex("0441" + HexFormat.of().formatHex(point));

    assertThat(KeyScheme.read(p256(octetString))).isEqualTo(key.publicKey());
    assertThat(KeyScheme.read(p256(point))).isEqualTo(key.publicKey());
  }

  @Test
  void aPointThatIsNoneIsRefused() {
    var point = key.publicKey().keyBits();
    point[40] ^= 1;

    assertThatThrownBy(() -> KeyScheme.read(p256(point)))
        .isInstanceOf(HsmException.class)
        .hasMessage("the token's public key is broken");
    assertThatThrownBy(() -> KeyScheme.read(p256(new byte[64])))
        .isInstanceOf(HsmException.class)
        .hasMessage("the token's public key is not an uncompressed point");
  }

  @Test
  void anAttributeThatTheTokenDoesNotShowIsNamed() {
    var attributes = p256(key.publicKey().keyBits());
    attributes.remove(Cka.EC_POINT);

    assertThatThrownBy(() -> KeyScheme.read(attributes))
        .hasMessage("the token does not show CKA_EC_POINT of a public key");
  }

  @Test
  void aCurveThatWeDoNotUseIsRefused() {
    var attributes = p256(key.publicKey().keyBits());
    attributes.put(Cka.EC_PARAMS, HexFormat.of().parseHex("06052b8104000a")); // secp256k1

    assertThatThrownBy(() -> KeyScheme.read(attributes))
        .hasMessage("the token's key is of a type that is not used in tokens");
  }

  @Test
  void ecdsaSignaturesBecomeTheShortestDer() {
    var output = new byte[64];
    output[31] = 1;
    output[63] = (byte) 0x80;

    assertThat(P256.signature(output)).isEqualTo(HexFormat.of().parseHex("300702010102020080"));
  }

  @Test
  void signaturesOfAnotherLengthAreRefused() {
    assertThatThrownBy(() -> P256.signature(new byte[96]))
        .hasMessage("C_Sign: an ECDSA signature of 96 bytes by a key on secp256r1");
    assertThatThrownBy(() -> RSA.signature(new byte[255]))
        .hasMessage("C_Sign: an RSA signature of 255 bytes by a key of 2048 bits");
  }

  private static Map<Cka, byte[]> p256(byte[] point) {
    var attributes = new EnumMap<Cka, byte[]>(Cka.class);
    attributes.put(Cka.KEY_TYPE, Attribute.of(Cka.KEY_TYPE, Ck.CKK_EC).value());
    attributes.put(Cka.EC_PARAMS, HexFormat.of().parseHex("06082a8648ce3d030107"));
    attributes.put(Cka.EC_POINT, point);
    return attributes;
  }
}
