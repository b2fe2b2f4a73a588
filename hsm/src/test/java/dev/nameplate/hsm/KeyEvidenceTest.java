package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.KeyVault.GeneratedKey;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// What others say about our keys.
class KeyEvidenceTest {

  private HsmSettings token;

  @BeforeEach
  void makeAToken() throws IOException {
    token = TestTokens.newToken("nameplate");
  }

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048", "RSA_3072", "RSA_4096"})
  void pkcs11ToolSeesAKeyThatOnlySignsAndCannotBeExtracted(KeyType type) throws Exception {
    GeneratedKey ca;
    try (var vault = TestTokens.open(token)) {
      ca = vault.generate("ca", type);
    }

    var seen = Tool.pkcs11(token, "--list-objects", "--type", "privkey");

    assertThat(seen.lines().map(String::strip))
        .contains(
            "label:      ca",
            "ID:         " + ca.location().id(),
            "Usage:      sign",
            "Access:     sensitive, always sensitive, never extractable, local");
  }

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048", "RSA_3072", "RSA_4096"})
  void opensslVerifiesTheSignatureOverAFile(KeyType type) throws Exception {
    var data = file("data", "signed in the token".getBytes(StandardCharsets.UTF_8));
    Path signature;
    Path publicKey;
    Hash hash;
    try (var vault = TestTokens.open(token)) {
      var key = vault.generate("ca", type).key();
      signature = file("signature", key.sign(Files.readAllBytes(data)));
      publicKey = file("public.der", key.publicKey().spki().toByteArray());
      hash = Hash.of(key.algorithm());
    }

    var said =
        Tool.openssl(
            token,
            "dgst",
            "-" + hash.name().toLowerCase(Locale.ROOT).replace("_", ""),
            "-keyform",
            "DER",
            "-verify",
            publicKey.toString(),
            "-signature",
            signature.toString(),
            data.toString());

    assertThat(said).isEqualToIgnoringNewLines("Verified OK");
  }

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(TestTokens.folder(token).resolve(name), content);
  }
}
