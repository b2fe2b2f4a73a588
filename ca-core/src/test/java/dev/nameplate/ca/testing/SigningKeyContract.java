package dev.nameplate.ca.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.SigningKey;
import java.security.GeneralSecurityException;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestInstance.Lifecycle;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What every signing key promises. A subclass supplies one key of each type that it offers; they
/// may be the same keys for every test.
@TestInstance(Lifecycle.PER_CLASS)
public abstract class SigningKeyContract {

  private static final int[] SIZES = {0, 1, 31, 32, 33, 1000, 100_000};

  protected abstract Stream<SigningKey> keys();

  @ParameterizedTest
  @MethodSource("keys")
  void theAlgorithmFitsTheKey(SigningKey key) {
    assertThat(key.algorithm().fits(key.publicKey().type())).isTrue();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void signaturesOverDataOfAnySizeVerify(SigningKey key) {
    for (int size : SIZES) {
      var data = bytes(size);

      var signature = key.sign(data);

      assertThat(key.publicKey().verifies(key.algorithm(), data, signature))
          .as("over %d bytes", size)
          .isTrue();
    }
  }

  @ParameterizedTest
  @MethodSource("keys")
  void theSignatureIsInTheFormThatOthersRead(SigningKey key) throws GeneralSecurityException {
    var data = bytes(200);
    var verifier = key.algorithm().signature();
    verifier.initVerify(key.publicKey().toPublicKey());
    verifier.update(data);

    assertThat(verifier.verify(key.sign(data))).isTrue();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void aSignatureIsOverItsOwnDataOnly(SigningKey key) {
    var signature = key.sign(bytes(200));

    assertThat(key.publicKey().verifies(key.algorithm(), bytes(201), signature)).isFalse();
  }

  @ParameterizedTest
  @MethodSource("keys")
  void signingLeavesTheDataAsItWas(SigningKey key) {
    var data = bytes(200);

    key.sign(data);

    assertThat(data).isEqualTo(bytes(200));
  }

  @ParameterizedTest
  @MethodSource("keys")
  void manyVirtualThreadsSignAtOnceAndEachGetsItsOwnSignature(SigningKey key) throws Exception {
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      var signed =
          threads.invokeAll(IntStream.range(0, 64).mapToObj(i -> verified(key, bytes(i))).toList());

      for (var verified : signed) {
        assertThat(verified.get()).isTrue();
      }
    }
  }

  private static Callable<Boolean> verified(SigningKey key, byte[] data) {
    return () -> key.publicKey().verifies(key.algorithm(), data, key.sign(data));
  }

  private static byte[] bytes(int size) {
    var data = new byte[size];
    for (int i = 0; i < size; i++) {
      data[i] = (byte) (i * 31 + size);
    }
    return data;
  }
}
