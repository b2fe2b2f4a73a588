package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

final class AnyClientCertificateTest {

  private final AnyClientCertificate trust = new AnyClientCertificate();

  @Test
  void s10ACertificateOfAnybodyGetsThrough() throws Exception {
    var chain = chain(1);

    assertThatCode(() -> trust.checkClientTrusted(chain, "EC")).doesNotThrowAnyException();
    assertThat(trust.getAcceptedIssuers()).isEmpty();
  }

  @Test
  void c2AChainOfManyDoesNot() throws Exception {
    var chain = chain(6);

    assertThatThrownBy(() -> trust.checkClientTrusted(chain, "EC"))
        .isInstanceOf(CertificateException.class)
        .hasMessage("a chain of 6 certificates");
  }

  @Test
  void serversAreNotJudgedHere() throws Exception {
    var chain = chain(1);

    assertThatThrownBy(() -> trust.checkServerTrusted(chain, "EC"))
        .isInstanceOf(CertificateException.class);
  }

  private static X509Certificate[] chain(int length) throws Exception {
    try (var est = EstFixture.start()) {
      var chain = new X509Certificate[length];
      Arrays.fill(chain, Tls.x509(est.root));
      return chain;
    }
  }
}
