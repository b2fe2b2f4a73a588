package dev.nameplate.server.tls;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.Random;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;

class ClientHelloTest {

  @Test
  void anOfferIsSeenHoweverTheMessageIsCut() throws Exception {
    byte[] hello = helloOfTheJdk();

    for (int size : new int[] {1, 2, 5, 7, 100, hello.length}) {
      assertThat(reading(hello, size).offersExtendedMasterSecret()).as("%d bytes", size).isTrue();
      assertThat(reading(inRecordsOf(hello, 40), size).offersExtendedMasterSecret()).isTrue();
    }
  }

  @Test
  void withoutTheExtensionThereIsNoOffer() throws Exception {
    byte[] hello = helloOfTheJdk();
    int at = indexOf(hello, new byte[] {0, 23, 0, 0});
    // renamed to an extension that nobody knows
    hello[at + 1] = (byte) 99;

    assertThat(reading(hello, 64).offersExtendedMasterSecret()).isFalse();
  }

  @Test
  void whatIsNoHelloOffersNothingAndNeverFails() throws Exception {
    byte[] hello = helloOfTheJdk();
    for (int length = 0; length < hello.length; length++) {
      var cut = java.util.Arrays.copyOf(hello, length);
      assertThat(reading(cut, 64).offersExtendedMasterSecret()).as("%d bytes", length).isFalse();
    }
    var chance = new Random(7);
    for (int i = 0; i < 20_000; i++) {
      byte[] broken = hello.clone();
      for (int j = 0; j <= chance.nextInt(4); j++) {
        broken[chance.nextInt(broken.length)] = (byte) chance.nextInt();
      }
      assertThat(reading(broken, 1 + chance.nextInt(300))).isNotNull();
    }
    assertThat(reading(new byte[1 << 20], 8192).offersExtendedMasterSecret()).isFalse();
  }

  private static ClientHello reading(byte[] wire, int pieces) {
    var hello = new ClientHello();
    for (int from = 0; from < wire.length; from += pieces) {
      hello.add(ByteBuffer.wrap(wire, from, Math.min(pieces, wire.length - from)));
    }
    return hello;
  }

  private static byte[] helloOfTheJdk() throws Exception {
    var engine = SSLContext.getDefault().createSSLEngine();
    engine.setUseClientMode(true);
    var wire = ByteBuffer.allocate(20_000);
    engine.wrap(ByteBuffer.allocate(0), wire);
    var hello = new byte[wire.flip().remaining()];
    wire.get(hello);
    return hello;
  }

  private static byte[] inRecordsOf(byte[] record, int size) {
    var records = new ByteArrayOutputStream();
    for (int from = 5; from < record.length; from += size) {
      int length = Math.min(size, record.length - from);
      records.writeBytes(new byte[] {22, 3, 1, 0, (byte) length});
      records.write(record, from, length);
    }
    return records.toByteArray();
  }

  private static int indexOf(byte[] where, byte[] what) {
    for (int i = 0; i + what.length <= where.length; i++) {
      if (java.util.Arrays.equals(where, i, i + what.length, what, 0, what.length)) {
        return i;
      }
    }
    throw new AssertionError("the JDK's hello has changed");
  }
}
