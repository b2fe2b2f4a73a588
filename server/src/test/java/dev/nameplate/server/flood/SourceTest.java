package dev.nameplate.server.flood;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SourceTest {

  @ParameterizedTest
  @CsvSource({
    "10.0.0.1, 10.0.0.1, true",
    "10.0.0.1, 10.0.0.2, false",
    "10.0.0.1, ::ffff:10.0.0.1, true",
    "2001:db8::1, 2001:db8::ffff:ffff:ffff:ffff, true",
    "2001:db8::1, 2001:db8:0:1::1, false",
  })
  void anIpv4AddressOrAnIpv6NetworkIsOneSource(String one, String other, boolean same)
      throws UnknownHostException {
    assertThat(source(one).equals(source(other))).isEqualTo(same);
  }

  @Test
  void whatIsNoInternetAddressIsASourceToo() {
    assertThat(Source.of(UnixDomainSocketAddress.of("est"))).isEqualTo(new Source("other"));
  }

  private static Source source(String address) throws UnknownHostException {
    return Source.of(InetAddress.ofLiteral(address));
  }
}
