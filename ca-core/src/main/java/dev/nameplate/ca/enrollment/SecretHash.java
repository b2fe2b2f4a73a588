package dev.nameplate.ca.enrollment;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.nameplate.ca.x509.Der;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.Optional;
import java.util.random.RandomGenerator;
import javax.crypto.Cipher;
import javax.crypto.KDF;
import javax.crypto.Mac;
import javax.crypto.SecretKey;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.HKDFParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/// How enrollment secrets are remembered: as HMAC-SHA256 under a key of the server. That is enough
/// because the secrets are generated with at least 128 random bits.
///
/// HTTP Digest (RFC 7616) needs more of a secret than that: SHA-256 over user name, realm and
/// secret, which is as good as the secret itself. Where Digest is offered it is remembered as well,
/// encrypted with AES-256-GCM; the keys of this and of [#stamp] are derived from the server's key
/// by HKDF (RFC 5869). May be used by many threads.
public final class SecretHash {

  /// Goes into what Digest hashes, and so into what is remembered: it never changes.
  public static final String REALM = "nameplate";

  private static final int KEY_BYTES = 32;
  private static final int IV_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final SecretKey key;
  private final SecretKey sealing;
  private final SecretKey stamping;

  /// @param serverKey 32 random bytes
  public SecretHash(byte[] serverKey) {
    if (serverKey.length != KEY_BYTES) {
      throw new IllegalArgumentException(
          "a key of " + serverKey.length + " bytes; " + KEY_BYTES + " are needed");
    }
    this.key = new SecretKeySpec(serverKey, "HmacSHA256");
    this.sealing = derived(serverKey, "AES", "nameplate: sealed digest of an enrollment secret");
    this.stamping = derived(serverKey, "HmacSHA256", "nameplate: stamp of a nonce");
  }

  public Der hash(byte[] secret) {
    return Der.of(hmac(key, secret));
  }

  /// What Digest needs of a secret, encrypted.
  ///
  /// @param secretId is bound to it: it opens for this secret only
  Der seal(String secretId, String userName, byte[] secret, RandomGenerator random) {
    byte[] iv = new byte[IV_BYTES];
    random.nextBytes(iv);
    try {
      var cipher = cipher(Cipher.ENCRYPT_MODE, secretId, iv);
      var sealed = cipher.doFinal(digest(userName, secret));
      return Der.of(concat(iv, sealed));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has AES-GCM", impossible);
    }
  }

  /// SHA-256 over user name, realm and secret; empty if it was not sealed under this key for this
  /// secret.
  Optional<byte[]> open(String secretId, Der sealed) {
    var bytes = sealed.toByteArray();
    if (bytes.length < IV_BYTES) {
      return Optional.empty();
    }
    try {
      var cipher = cipher(Cipher.DECRYPT_MODE, secretId, Arrays.copyOf(bytes, IV_BYTES));
      return Optional.of(cipher.doFinal(bytes, IV_BYTES, bytes.length - IV_BYTES));
    } catch (GeneralSecurityException _) {
      return Optional.empty();
    }
  }

  /// HMAC-SHA256 by which the server knows again what it handed out, on every node.
  public byte[] stamp(byte[] handedOut) {
    return hmac(stamping, handedOut);
  }

  @Override
  public String toString() {
    return "SecretHash";
  }

  private static byte[] digest(String userName, byte[] secret) throws GeneralSecurityException {
    var sha256 = MessageDigest.getInstance("SHA-256");
    sha256.update((userName + ":" + REALM + ":").getBytes(UTF_8));
    return sha256.digest(secret);
  }

  private Cipher cipher(int mode, String secretId, byte[] iv) throws GeneralSecurityException {
    var cipher = Cipher.getInstance("AES/GCM/NoPadding");
    cipher.init(mode, sealing, new GCMParameterSpec(TAG_BITS, iv));
    cipher.updateAAD(secretId.getBytes(UTF_8));
    return cipher;
  }

  private static SecretKey derived(byte[] serverKey, String algorithm, String purpose) {
    try {
      return KDF.getInstance("HKDF-SHA256")
          .deriveKey(
              algorithm,
              HKDFParameterSpec.ofExtract()
                  .addIKM(serverKey)
                  .thenExpand(purpose.getBytes(UTF_8), KEY_BYTES));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HKDF-SHA256", impossible);
    }
  }

  private static byte[] hmac(SecretKey key, byte[] data) {
    try {
      var mac = Mac.getInstance("HmacSHA256");
      mac.init(key);
      return mac.doFinal(data);
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every JDK has HmacSHA256", impossible);
    }
  }

  private static byte[] concat(byte[] first, byte[] second) {
    var both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
