package dev.nameplate.ca.signing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.FakeClock;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.SignatureAlgorithm;
import java.nio.charset.StandardCharsets;
import java.security.Signature;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class JwsTest {

  private static final String TYPE = "nameplate-test+json";
  private static final String PAYLOAD = "{\"device\":\"pump-0017\",\"owner\":\"\u00dcbelbach\"}";

  @ParameterizedTest
  @EnumSource(
      value = KeyType.class,
      names = {"RSA_2048", "EC_P256", "EC_P384", "EC_P521", "ED25519"})
  void saysWhoSignedWhat(KeyType type) throws Exception {
    var signer = signer(type);

    var signed = Jws.sign(signer, TYPE, PAYLOAD);

    assertThat(Jws.parse(signed.compact())).isEqualTo(signed);
    assertThat(signed.payload()).isEqualTo(PAYLOAD);
    assertThat(signed.chain()).isEqualTo(signer.chain());
  }

  /// RFC 7518 section 3.4, by the JDK, which knows this form of a signature.
  @Test
  void isWhatOthersCheck() throws Exception {
    var signer = signer(KeyType.EC_P256);
    var parts = Jws.sign(signer, TYPE, PAYLOAD).compact().split("\\.", -1);

    var check = Signature.getInstance("SHA256withECDSAinP1363Format");
    check.initVerify(signer.key().publicKey().toPublicKey());
    check.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));

    assertThat(check.verify(Base64.getUrlDecoder().decode(parts[2]))).isTrue();
    assertThat(new String(Base64.getUrlDecoder().decode(parts[0]), StandardCharsets.UTF_8))
        .startsWith("{\"alg\":\"ES256\",\"typ\":\"nameplate-test+json\",\"x5c\":[\"MII");
  }

  @Test
  void noCharacterOfItCanBeChanged() {
    var compact = Jws.sign(signer(KeyType.EC_P256), TYPE, PAYLOAD).compact();

    for (int i = 0; i < compact.length(); i++) {
      var changed = new StringBuilder(compact);
      changed.setCharAt(i, compact.charAt(i) == 'A' ? 'B' : 'A');
      assertThatThrownBy(() -> Jws.parse(changed.toString()))
          .as("character %d", i)
          .isInstanceOf(MalformedJwsException.class);
    }
  }

  @Test
  void anAlgorithmThatTheKeyDoesNotHaveIsRefused() {
    var compact = Jws.sign(signer(KeyType.EC_P256), TYPE, PAYLOAD).compact();
    for (var other : List.of("none", "HS256", "ES384", "EdDSA", "RS256")) {
      assertThatThrownBy(() -> Jws.parse(withAlgorithm(compact, other)))
          .isInstanceOf(MalformedJwsException.class)
          .hasMessageContaining(other);
    }
  }

  @Test
  void otherTextIsRefused() {
    for (var text : List.of("", "..", "a.b", "a.b.c.d", "e30.e30.AA", "\u0000.\u0000.\u0000")) {
      assertThatThrownBy(() -> Jws.parse(text)).isInstanceOf(MalformedJwsException.class);
    }
  }

  @Test
  void aCertificateOfAnotherKeyIsNoCertifiedKey() {
    var one = signer(KeyType.EC_P256);
    var other = signer(KeyType.EC_P256);

    assertThatThrownBy(() -> new CertifiedKey(one.key(), other.chain()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  /// Its own authority, for what matters here.
  private static CertifiedKey signer(KeyType type) {
    var authority = TestAuthority.root("Receipts", type, FakeClock.START);
    assertThat(authority.key().algorithm()).isEqualTo(SignatureAlgorithm.of(type));
    return new CertifiedKey(authority.key(), List.of(authority.certificate()));
  }

  private static String withAlgorithm(String compact, String algorithm) {
    var header =
        new String(
            Base64.getUrlDecoder().decode(compact.substring(0, compact.indexOf('.'))),
            StandardCharsets.UTF_8);
    return Base64.getUrlEncoder()
            .withoutPadding()
            .encodeToString(header.replace("ES256", algorithm).getBytes(StandardCharsets.UTF_8))
        + compact.substring(compact.indexOf('.'));
  }
}
