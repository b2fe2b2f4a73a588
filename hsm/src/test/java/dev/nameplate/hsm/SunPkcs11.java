package dev.nameplate.hsm;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.testing.TestAuthority;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.SerialNumber;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Optional;

/// A SoftHSM token behind the JDK's own provider, and how a site puts keys into it.
///
/// SunPKCS11 never finalises a library, which would disturb the tests of our own driver in this
/// process: it is given a copy of the library.
record SunPkcs11(HsmSettings token, JcaSettings settings) {

  static SunPkcs11 newToken() throws IOException {
    var token = TestTokens.newToken("vendor");
    var folder = TestTokens.folder(token);
    var library = Files.copy(HsmSettings.SOFTHSM.toRealPath(), folder.resolve("libcopy.so"));
    var configuration = folder.resolve("sun.cfg");
    Files.writeString(
        configuration,
        """
        name = %s
        library = %s
        slotListIndex = 0
        """
            .formatted(folder.getFileName().toString(), library));
    return new SunPkcs11(token, settings(token, configuration));
  }

  JcaKeyVault open() {
    // It reads it once, when it is initialised.
    Native.setEnvironment(token.environment());
    return JcaKeyVault.open(settings, TestTokens.CLOCK);
  }

  /// Makes a key and writes a certificate of it beside it, both with the tool that everybody has.
  /// (Our own RSA keys may only be used with CKM_RSA_PKCS, and SunPKCS11 lets the token hash.)
  Made made(String label, KeyType type) throws Exception {
    var made = madeBare(label, type);
    writeCertificate(made, made.location().id());
    return made;
  }

  /// Without a certificate.
  Made madeBare(String label, KeyType type) throws Exception {
    var id = HexFormat.of().formatHex(label.getBytes(StandardCharsets.UTF_8));
    Tool.pkcs11(
        token,
        "--keypairgen",
        "--key-type",
        switch (type) {
          case EC_P256 -> "EC:prime256v1";
          case EC_P384 -> "EC:secp384r1";
          case RSA_2048 -> "rsa:2048";
          default -> "rsa:3072";
        },
        "--sensitive",
        "--usage-sign",
        "--label",
        label,
        "--id",
        id);
    var publicKey = publicKey(new ObjectName(label, id));
    return new Made(new KeyLocation(token.token(), label, id, publicKey.fingerprint()), publicKey);
  }

  /// A key, and where it is.
  record Made(KeyLocation location, PublicKeyInfo publicKey) {}

  void writeCertificate(Made made, String id) throws IOException, InterruptedException {
    var file = TestTokens.folder(token).resolve(made.location().label() + ".der");
    Files.write(file, certificate(made));
    Tool.pkcs11(
        token,
        "--write-object",
        file.toString(),
        "--type",
        "cert",
        "--label",
        made.location().label(),
        "--id",
        id);
  }

  private PublicKeyInfo publicKey(ObjectName name) {
    try (var vault = TestTokens.open(token)) {
      return vault.keys().stream()
          .flatMap(key -> key.location().stream())
          .filter(key -> ObjectName.of(key).equals(name))
          .map(key -> vault.find(key).publicKey())
          .findFirst()
          .orElseThrow();
    }
  }

  private static byte[] certificate(Made made) {
    var now = TestTokens.CLOCK.instant();
    return TestAuthority.root("Vendor CA", KeyType.EC_P256, now)
        .issue(
            TestAuthority.Use.AUTHORITY,
            made.location().label(),
            made.publicKey(),
            new SerialNumber(BigInteger.TWO),
            now,
            now.plus(Duration.ofDays(365)))
        .der()
        .toByteArray();
  }

  private static JcaSettings settings(HsmSettings token, Path configuration) {
    return new JcaSettings(
        token.token(),
        "SunPKCS11",
        Optional.of(configuration),
        "PKCS11",
        token.pin(),
        4,
        1024,
        token.deadline());
  }
}
