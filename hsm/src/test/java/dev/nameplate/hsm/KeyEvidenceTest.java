package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.signing.KeyVault.GeneratedKey;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// What others say about our keys.
class KeyEvidenceTest {

  private HsmSettings token;

  static Set<KeyType> types() {
    return TestTokens.SOFTHSM_MAKES;
  }

  static Set<KeyType> typesThatWeHashFor() {
    var types = EnumSet.copyOf(TestTokens.SOFTHSM_MAKES);
    types.remove(KeyType.ED25519);
    return types;
  }

  static Set<KeyType> rsa() {
    var types = EnumSet.copyOf(TestTokens.SOFTHSM_MAKES);
    types.removeIf(type -> !type.isRsa());
    return types;
  }

  @BeforeEach
  void makeAToken() throws IOException {
    token = TestTokens.patient(TestTokens.newToken("nameplate"));
  }

  @ParameterizedTest
  @MethodSource("types")
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
  @MethodSource("typesThatWeHashFor")
  void opensslVerifiesTheSignatureOverAFile(KeyType type) throws Exception {
    var key = signed(token, type);

    assertThat(opensslDigest(key)).isEqualToIgnoringNewLines("Verified OK");
  }

  @ParameterizedTest
  @MethodSource("rsa")
  void opensslVerifiesTheSaltOfRsassaPss(KeyType type) throws Exception {
    var key = signed(token.withKeys(KeyRules.USUAL.with(RsaSignatures.PSS)), type);

    assertThat(
            opensslDigest(key, "-sigopt", "rsa_padding_mode:pss", "-sigopt", "rsa_pss_saltlen:-1"))
        .isEqualToIgnoringNewLines("Verified OK");
  }

  @Test
  void opensslVerifiesTheSignatureOfEd25519OverAFile() throws Exception {
    signed(token, KeyType.ED25519);

    var said =
        Tool.openssl(
            token,
            "pkeyutl",
            "-verify",
            "-rawin",
            "-pubin",
            "-keyform",
            "DER",
            "-inkey",
            path("public.der"),
            "-sigfile",
            path("signature"),
            "-in",
            path("data"));

    assertThat(said).isEqualToIgnoringNewLines("Signature Verified Successfully");
  }

  /// Leaves the files `data`, `signature` and `public.der`.
  private SigningKey signed(HsmSettings settings, KeyType type) throws IOException {
    var data = file("data", "signed in the token".getBytes(StandardCharsets.UTF_8));
    try (var vault = TestTokens.open(settings)) {
      var key = vault.generate("ca", type).key();
      file("signature", key.sign(Files.readAllBytes(data)));
      file("public.der", key.publicKey().spki().toByteArray());
      return key;
    }
  }

  private String opensslDigest(SigningKey key, String... options) throws Exception {
    var hash = Hash.of(key.algorithm()).name().toLowerCase(Locale.ROOT).replace("_", "");
    var arguments = new ArrayList<>(List.of("dgst", "-" + hash, "-keyform", "DER"));
    arguments.addAll(List.of("-verify", path("public.der"), "-signature", path("signature")));
    arguments.addAll(List.of(options));
    arguments.add(path("data"));
    return Tool.openssl(token, arguments.toArray(String[]::new));
  }

  private String path(String name) {
    return TestTokens.folder(token).resolve(name).toString();
  }

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(TestTokens.folder(token).resolve(name), content);
  }
}
