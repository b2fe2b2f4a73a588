package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyEvidence;
import dev.nameplate.ca.signing.KeyEvidence.Attempt;
import dev.nameplate.ca.signing.KeyEvidence.Outcome;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.KeyVault.GeneratedKey;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
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

  @ParameterizedTest
  @EnumSource(names = {"EC_P256", "EC_P384", "RSA_2048"})
  void theTokenRefusesEverythingThatWouldLetAKeyOut(KeyType type) {
    var evidence = evidence(type);

    assertThat(evidence.exposures()).isEmpty();
    assertThat(evidence.attempts())
        .extracting(Attempt::call)
        .contains(
            "C_GetAttributeValue",
            "C_SetAttributeValue",
            "C_CopyObject",
            "C_WrapKey",
            "C_SignInit");
    assertThat(evidence.attempts())
        .filteredOn(attempt -> !attempt.call().equals("C_SignInit"))
        .extracting(Attempt::outcome)
        .hasOnlyElementsOfType(Outcome.Refused.class)
        .contains(
            new Outcome.Refused("CKR_ATTRIBUTE_SENSITIVE"),
            new Outcome.Refused("CKR_ACTION_PROHIBITED"),
            new Outcome.Refused("CKR_KEY_UNEXTRACTABLE"));
  }

  @Test
  void aKeySignsOnlyWithItsOwnMechanism() {
    assertThat(outcome(evidence(KeyType.RSA_2048), "C_SignInit"))
        .isEqualTo(new Outcome.Refused("CKR_MECHANISM_INVALID"));
  }

  @Test
  void aMechanismThatTheTokenDoesNotHaveIsNoneThatItRefuses() {
    assertThat(outcome(evidence(KeyType.ED25519), "C_SignInit"))
        .isEqualTo(new Outcome.NotTried("the token offers no other mechanism for this key"));
  }

  @Test
  void whatWouldHarmAKeyIsNotTriedOnIt() {
    var faulty = FaultyPkcs11.softHsm();
    try (var vault = open(faulty)) {
      var key = vault.generate("ca", KeyType.EC_P256).location();
      faulty.failNext("C_GenerateKeyPair", Ckr.CKR_DEVICE_MEMORY.code());
      faulty.failNext("C_GenerateKeyPair", Ckr.CKR_FUNCTION_NOT_SUPPORTED);
      faulty.forgetCalls();

      assertThatThrownBy(() -> evidence(vault, key)).hasMessageContaining("CKR_DEVICE_MEMORY");
      var evidence = evidence(vault, key);

      assertThat(outcome(evidence, "C_SetAttributeValue"))
          .isEqualTo(new Outcome.NotTried("there is no other key: CKR_FUNCTION_NOT_SUPPORTED"));
      assertThat(faulty.count("C_SetAttributeValue")).isZero();
    }
  }

  @Test
  void theKeyOnWhichChangesAreTriedIsGoneAfterwards() {
    try (var vault = TestTokens.open(token)) {
      var key = vault.generate("ca", KeyType.EC_P256).location();

      evidence(vault, key);

      assertThat(vault.keys()).extracting(FoundKey::label).containsExactly("ca");
    }
  }

  @Test
  void aCopyThatIsNotDestroyedIsToldAndItsSessionIsClosed() throws Exception {
    makeALooseKey();
    var faulty = FaultyPkcs11.softHsm();
    try (var vault = open(faulty)) {
      var loose = vault.keys().getFirst().location().orElseThrow();
      faulty.failNext("C_DestroyObject", Ckr.CKR_FUNCTION_FAILED);
      faulty.forgetCalls();

      var evidence = evidence(vault, loose);

      assertThat(outcome(evidence, "C_CopyObject"))
          .isEqualTo(new Outcome.Worked("THE COPY COULD NOT BE DESTROYED; its session is closed"));
      assertThat(faulty.count("C_CloseSession")).isEqualTo(1);
      assertThat(vault.keys()).hasSize(1);
    }
  }

  @Test
  void aCodeOfTheVendorsOwnIsARefusal() {
    assertThat(copied(0x80000042L)).isEqualTo(new Outcome.Refused("CKR 0x80000042"));
  }

  @Test
  void aGeneralErrorOfATokenThatStillAnswersIsARefusal() {
    assertThat(copied(Ckr.CKR_GENERAL_ERROR.code()))
        .isEqualTo(new Outcome.Refused("CKR_GENERAL_ERROR"));
  }

  @ParameterizedTest
  @EnumSource(
      names = {
        "CKR_FUNCTION_NOT_SUPPORTED",
        "CKR_ATTRIBUTE_TYPE_INVALID",
        "CKR_MECHANISM_PARAM_INVALID",
        "CKR_ARGUMENTS_BAD",
        "CKR_BUFFER_TOO_SMALL"
      })
  void whatATokenDoesNotKnowItHasNotRefused(Ckr code) {
    assertThat(copied(code.code()))
        .isEqualTo(new Outcome.NotTried("the token does not know how: " + code));
  }

  @Test
  void aTokenThatIsGoneAfterAnErrorHasRefusedNothing() {
    var faulty = FaultyPkcs11.softHsm();
    try (var vault = open(faulty)) {
      var key = vault.generate("ca", KeyType.EC_P256).location();
      faulty.delay(
          "C_CopyObject",
          () -> {
            faulty.failNext("C_GetAttributeValue", Ckr.CKR_DEVICE_REMOVED);
            throw HsmException.of("C_CopyObject", Ckr.CKR_GENERAL_ERROR.code());
          });

      assertThatThrownBy(() -> evidence(vault, key)).hasMessageContaining("CKR_DEVICE_REMOVED");
    }
  }

  /// What becomes of the first attempt to copy a key, if C_CopyObject returns this.
  private Outcome copied(long code) {
    var faulty = FaultyPkcs11.softHsm();
    try (var vault = open(faulty)) {
      var key = vault.generate("ca", KeyType.EC_P256).location();
      faulty.failNext("C_CopyObject", code);
      return outcome(evidence(vault, key), "C_CopyObject");
    }
  }

  private TokenKeyVault open(FaultyPkcs11 faulty) {
    return TokenKeyVault.open(
        faulty.module(),
        token.withSessions(1),
        TestTokens.RANDOM,
        TestTokens.CLOCK,
        HsmListener.NONE);
  }

  private static KeyEvidence evidence(TokenKeyVault vault, KeyLocation key) {
    return vault.evidence(key, new byte[] {0x2a}, TestTokens.CLOCK.instant());
  }

  private static Outcome outcome(KeyEvidence evidence, String call) {
    return evidence.attempts().stream()
        .filter(attempt -> attempt.call().equals(call))
        .map(Attempt::outcome)
        .findFirst()
        .orElseThrow();
  }

  @Test
  void theEvidenceSaysWhereTheKeyIsAndWhatItIs() {
    var evidence = evidence(KeyType.EC_P256);

    assertThat(evidence.module())
        .containsEntry("manufacturer", "SoftHSM")
        .containsEntry("cryptoki", "2.40");
    assertThat(evidence.token())
        .containsEntry("label", "nameplate")
        .containsEntry("model", "SoftHSM v2")
        .containsKeys("serial", "firmware", "flags");
    assertThat(evidence.attributes())
        .containsEntry("CKA_LABEL", "ca")
        .containsEntry("CKA_ID", evidence.key().id())
        .containsEntry("CKA_KEY_GEN_MECHANISM", "0x1040 CKM_EC_KEY_PAIR_GEN")
        .containsEntry("CKA_ALLOWED_MECHANISMS", "CKM_ECDSA")
        .containsEntry("CKA_SENSITIVE", "true")
        .containsEntry("CKA_EXTRACTABLE", "false");
    assertThat(evidence.attestation()).isEmpty();
    assertThat(evidence.limits()).anyMatch(words -> words.contains("no attestation"));
  }

  @Test
  void pkcs11ToolAgreesWithTheEvidence() throws Exception {
    var said = evidence(KeyType.EC_P384).attributes();

    var seen = Tool.pkcs11(token, "--list-objects", "--type", "privkey");

    assertThat(seen.lines().map(String::strip))
        .contains("ID:         " + said.get("CKA_ID"), "Access:     " + inWordsOfPkcs11Tool(said));
  }

  @Test
  void opensslVerifiesTheProofInTheEvidence() throws Exception {
    var evidence = evidence(KeyType.EC_P256);
    var proof = evidence.proof();

    assertThat(proof.signed()).endsWith(":" + evidence.key().fingerprint() + ":2a");
    assertThat(
            Tool.openssl(
                token,
                "dgst",
                "-sha256",
                "-keyform",
                "DER",
                "-verify",
                file("spki", evidence.publicKey().spki().toByteArray()).toString(),
                "-signature",
                file("proof", Base64.getDecoder().decode(proof.signature())).toString(),
                file("signed", proof.signed().getBytes(StandardCharsets.UTF_8)).toString()))
        .isEqualToIgnoringNewLines("Verified OK");
  }

  @Test
  void aKeyThatCanGetOutIsReportedAndWhatGotOutIsDestroyed() throws Exception {
    makeALooseKey();
    try (var vault = TestTokens.open(token)) {
      var loose = vault.keys().getFirst().location().orElseThrow();

      var evidence = vault.evidence(loose, new byte[8], TestTokens.CLOCK.instant());

      assertThat(evidence.exposures())
          .extracting(Attempt::what)
          .contains("make an extractable copy", "wrap the key with CKM_AES_KEY_WRAP_PAD");
      assertThat(evidence.exposures())
          .extracting(Attempt::outcome)
          .contains(new Outcome.Worked("the copy was destroyed"));
      assertThat(evidence.toJson()).contains("\"exposed\":true", "\"outcome\":\"EXPOSED\"");
      assertThat(vault.keys()).hasSize(1);
      assertThat(vault.find(loose).sign(new byte[] {1})).isNotEmpty();
    }
  }

  private void makeALooseKey() throws Exception {
    Tool.pkcs11(
        token,
        "--keypairgen",
        "--key-type",
        "EC:prime256v1",
        "--label",
        "loose",
        "--id",
        "01",
        "--extractable");
  }

  private KeyEvidence evidence(KeyType type) {
    try (var vault = TestTokens.open(token)) {
      var location = vault.generate("ca", type).location();
      return vault.evidence(location, new byte[] {0x2a}, TestTokens.CLOCK.instant());
    }
  }

  private static String inWordsOfPkcs11Tool(Map<String, String> attributes) {
    var words = new ArrayList<String>();
    addIfTrue(attributes, "CKA_SENSITIVE", "sensitive", words);
    addIfTrue(attributes, "CKA_ALWAYS_SENSITIVE", "always sensitive", words);
    addIfTrue(attributes, "CKA_EXTRACTABLE", "extractable", words);
    addIfTrue(attributes, "CKA_NEVER_EXTRACTABLE", "never extractable", words);
    addIfTrue(attributes, "CKA_LOCAL", "local", words);
    return String.join(", ", words);
  }

  private static void addIfTrue(
      Map<String, String> attributes, String name, String word, List<String> words) {
    if (attributes.getOrDefault(name, "").equals("true")) {
      words.add(word);
    }
  }

  private Path file(String name, byte[] content) throws IOException {
    return Files.write(TestTokens.folder(token).resolve(name), content);
  }
}
