package dev.nameplate.ca.x509;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NameConstraintsTest {

  private static final NameConstraints LIMITS =
      NameConstraints.of(
          List.of("dns:acme.example", "ip:10.0.0.0/8", "ip:fd00::/8"),
          List.of("dns:test.acme.example"));

  @ParameterizedTest
  @ValueSource(strings = {"acme.example", "a.b.acme.example", "10.1.2.3", "fd00::1"})
  void namesBelowWhatIsPermittedAreAllowed(String host) {
    assertThat(LIMITS.refuses(SubjectAltName.of(List.of(host)))).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "dns:other.example",
        "dns:notacme.example",
        "dns:a.test.acme.example",
        "ip:11.0.0.1",
        "ip:2001:db8:0:0:0:0:0:1"
      })
  void othersAreRefusedAndNamed(String name) {
    var host = name.substring(name.indexOf(':') + 1);

    assertThat(LIMITS.refuses(SubjectAltName.of(List.of("acme.example", host)))).contains(name);
  }

  @Test
  void aKindOfWhichNothingIsPermittedIsNotLimited() {
    var dnsOnly = NameConstraints.of(List.of("dns:acme.example"), List.of());

    assertThat(dnsOnly.refuses(SubjectAltName.of(List.of("192.0.2.1")))).isEmpty();
  }

  @Test
  void theyAreReadBackAsTheyWereWritten() throws Exception {
    var read = NameConstraints.parse(LIMITS.der());

    assertThat(read).isEqualTo(LIMITS);
    assertThat(read)
        .hasToString(
            "permitted dns:acme.example ip:10.0.0.0/8 ip:fd00:0:0:0:0:0:0:0/8,"
                + " excluded dns:test.acme.example");
    assertThatThrownBy(() -> NameConstraints.parse(Der.of(new byte[] {5, 0})))
        .isInstanceOf(MalformedCertificateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "acme.example",
        "dns:",
        "dns:.acme.example",
        "dns:*.acme.example",
        "dns:a b",
        "ip:10.0.0.0",
        "ip:10.0.0.1/8",
        "ip:10.0.0.0/33",
        "ip:300.0.0.0/8",
        "ip:::/129",
        "email:a@b.example"
      })
  void whatIsNoLimitIsRefused(String text) {
    assertThatThrownBy(() -> NameConstraints.of(List.of(text), List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(text);
  }

  @Test
  void limitsThatLimitNothingAreRefused() {
    assertThatThrownBy(() -> NameConstraints.of(List.of(), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
