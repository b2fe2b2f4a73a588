package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.SoftwareSigningKey;
import dev.nameplate.ca.x509.KeyType;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class KeySchemeTest {

  private static final KeyScheme P256 = KeyScheme.of(KeyType.EC_P256);
  private static final KeyScheme P521 = KeyScheme.of(KeyType.EC_P521);
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
  void theDerOfP521IsLongerThanOneByteCanSay() {
    var output = new byte[132];
    Arrays.fill(output, (byte) 0x11);

    var der = HexFormat.of().formatHex(P521.signature(output));

    assertThat(der).startsWith("308188024211").hasSize(2 * (3 + 2 * 68));
  }

  @Test
  void aPointOfP521IsReadInAnOctetStringToo() {
    var p521 = SoftwareSigningKey.generate(KeyType.EC_P521);
    var point = HexFormat.of().formatHex(p521.publicKey().keyBits());
    var attributes = p256(HexFormat.of().parseHex("048185" + point));
    attributes.put(Cka.EC_PARAMS, HexFormat.of().parseHex("06052b81040023"));

    assertThat(KeyScheme.read(attributes)).isEqualTo(p521.publicKey());
  }

  @Test
  void ed25519IsKnownByAllNamesOfItsCurve() {
    var ed25519 = SoftwareSigningKey.generate(KeyType.ED25519);
    for (var name :
        List.of("130c656477617264733235353139", "06032b6570", "06092b06010401da470f01")) {
      for (var wrapping : List.of("", "0420")) {
        var point = HexFormat.of().formatHex(ed25519.publicKey().keyBits());
        var attributes = p256(HexFormat.of().parseHex(wrapping + point));
        attributes.put(Cka.KEY_TYPE, Attribute.of(Cka.KEY_TYPE, Ck.CKK_EC_EDWARDS).value());
        attributes.put(Cka.EC_PARAMS, HexFormat.of().parseHex(name));

        assertThat(KeyScheme.read(attributes)).isEqualTo(ed25519.publicKey());
      }
    }
  }

  @Test
  void signaturesOfAnotherLengthAreRefused() {
    assertThatThrownBy(() -> P256.signature(new byte[96]))
        .hasMessage("C_Sign: an ECDSA signature of 96 bytes by a key on secp256r1");
    assertThatThrownBy(() -> RSA.signature(new byte[255]))
        .hasMessage("C_Sign: an RSA signature of 255 bytes by a key of 2048 bits");
    assertThatThrownBy(() -> KeyScheme.of(KeyType.ED25519).signature(new byte[65]))
        .hasMessage("C_Sign: an Ed25519 signature of 65 bytes");
    assertThatThrownBy(() -> KeyScheme.of(KeyType.ML_DSA_44).signature(new byte[64]))
        .hasMessage("C_Sign: a signature of 64 bytes by a key of type ml-dsa-44");
  }

  private static Map<Cka, byte[]> p256(byte[] point) {
    var attributes = new EnumMap<Cka, byte[]>(Cka.class);
    attributes.put(Cka.KEY_TYPE, Attribute.of(Cka.KEY_TYPE, Ck.CKK_EC).value());
    attributes.put(Cka.EC_PARAMS, HexFormat.of().parseHex("06082a8648ce3d030107"));
    attributes.put(Cka.EC_POINT, point);
    return attributes;
  }
}
