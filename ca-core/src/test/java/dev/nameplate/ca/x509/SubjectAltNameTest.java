package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.testing.SoftwareSigningKey;
import java.util.List;
import org.junit.jupiter.api.Test;

class SubjectAltNameTest {

  @Test
  void aRequestCarriesTheNamesThatItWasMadeWith() throws Exception {
    var key = SoftwareSigningKey.generate(KeyType.EC_P256);
    var names = SubjectAltName.of(List.of("pki.example", "127.0.0.1", "::1"));

    var csr =
        Csr.parse(
            Csr.sign(
                    DistinguishedName.ofCommonName("tls"),
                    key.publicKey(),
                    names,
                    key.algorithm(),
                    key::sign)
                .toByteArray());

    assertThat(csr.subjectAltName()).contains(names);
  }

  @Test
  void whatIsNeitherAHostNorAnAddressIsRefused() {
    assertThatThrownBy(() -> SubjectAltName.of(List.of("pki.example", "not a host")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("neither a host name nor an IP address: not a host");
    assertThatThrownBy(() -> SubjectAltName.of(List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
