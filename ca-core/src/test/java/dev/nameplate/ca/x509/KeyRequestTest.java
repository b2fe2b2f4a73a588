package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.SoftwareSigningKey;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class KeyRequestTest {

  private static final DistinguishedName PUMP = DistinguishedName.ofCommonName("pump-0017");

  private final SoftwareSigningKey key = SoftwareSigningKey.generate(KeyType.EC_P256);

  @Test
  @Tag("K1")
  void aSignatureThatProvesNothingDoesNotMatter() throws Exception {
    var request = signed();
    request[request.length - 1] ^= 1;

    assertThatThrownBy(() -> Csr.parse(request)).isInstanceOf(MalformedCsrException.class);
    assertThat(KeyRequest.parse(request))
        .isEqualTo(new KeyRequest(PUMP, List.of(), Optional.of(KeyType.EC_P256)));
  }

  @Test
  @Tag("K1")
  void aKeyThatIsNoneShowsNothing() throws Exception {
    var request = signed();
    // the last byte of the point: it leaves the curve
    int at = indexOf(request, key.publicKey().keyBits()) + key.publicKey().keyBits().length - 1;
    request[at] ^= 1;

    assertThat(KeyRequest.parse(request).wanted()).isEmpty();
  }

  @Test
  @Tag("K3")
  void itNamesTheKeyThatTheNewOneTravelsUnder() throws Exception {
    var name = Der.of(new byte[] {1, 2, 3});
    var aes = new SmimeCapability("2.16.840.1.101.3.4.1.42", Optional.empty());

    var request =
        KeyRequest.parse(
            signed(
                new CsrAttribute.DecryptKeyIdentifier(name),
                new CsrAttribute.SmimeCapabilities(List.of(aes))));

    assertThat(request.decryptKeyIdentifier()).contains(name);
    assertThat(request.asymmetricDecryptKeyIdentifier()).isEmpty();
    assertThat(request.smimeCapabilities()).containsExactly(aes);
  }

  @Test
  void whatIsNoRequestIsRefused() {
    for (var bytes : List.of(new byte[0], new byte[] {0x30, 0}, new byte[20_000])) {
      assertThatThrownBy(() -> KeyRequest.parse(bytes)).isInstanceOf(MalformedCsrException.class);
    }
  }

  private byte[] signed(CsrAttribute... attributes) {
    return Csr.sign(PUMP, key.publicKey(), List.of(attributes), key.algorithm(), key::sign)
        .toByteArray();
  }

  private static int indexOf(byte[] all, byte[] part) {
    for (int i = 0; i + part.length <= all.length; i++) {
      if (Arrays.equals(all, i, i + part.length, part, 0, part.length)) {
        return i;
      }
    }
    throw new AssertionError("not there");
  }
}
