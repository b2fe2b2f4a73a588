package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class TemplateProfileTest {

  private static final String LEAST =
      """
      private.CKA_TOKEN = true ask demand
      private.CKA_SENSITIVE = true ask demand
      private.CKA_EXTRACTABLE = false ask demand
      private.CKA_SIGN = true ask demand
      public.CKA_TOKEN = true ask demand
      """;

  static List<String> names() {
    return TemplateProfile.NAMES;
  }

  @ParameterizedTest
  @MethodSource("names")
  void allThatComeWithNameplateAreSound(String name) {
    var template = TemplateProfile.named(name);

    assertThat(template.demandedOfPrivate(Mechanism.of(Ckm.ECDSA)))
        .extracting(Attribute::type)
        .contains(Cka.SENSITIVE, Cka.EXTRACTABLE, Cka.NEVER_EXTRACTABLE, Cka.ALWAYS_SENSITIVE);
  }

  @ParameterizedTest
  @MethodSource("names")
  void softHsmMakesKeysAfterEachOfThem(String name) throws IOException {
    var token = TestTokens.newToken("nameplate");
    var rules = KeyRules.USUAL.with(TemplateProfile.named(name));

    try (var vault = TestTokens.open(token.withKeys(rules))) {
      assertThat(vault.generate("ca", KeyType.EC_P256).key().sign(new byte[9])).isNotEmpty();
    }
  }

  @Test
  void anOperatorsOwnFileIsRead(@TempDir Path folder) throws IOException {
    var file = Files.writeString(folder.resolve("own.properties"), LEAST);

    var template = TemplateProfile.at(file);

    assertThat(template.askedOfPublic(Mechanism.of(Ckm.ECDSA)))
        .extracting(Attribute::type)
        .containsExactly(Cka.TOKEN);
    assertThatThrownBy(() -> TemplateProfile.at(folder.resolve("none")))
        .hasMessageContaining("cannot read the template");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "private.CKA_ALWAYS_HONEST = true ask | private.CKA_ALWAYS_HONEST is no attribute known here",
        "CKA_TOKEN = true ask                 | CKA_TOKEN is neither private.CKA_… nor public.CKA_…",
        "secret.CKA_TOKEN = true ask          | secret.CKA_TOKEN is neither private.CKA_…",
        "private.CKA_DERIVE = no ask          | private.CKA_DERIVE is no, not true, false or signing",
        "private.CKA_DERIVE = signing ask     | private.CKA_DERIVE cannot be signing",
        "private.CKA_DERIVE = false           | private.CKA_DERIVE does not say ask, demand, or both",
        "private.CKA_DERIVE = false hope      | private.CKA_DERIVE does not say ask, demand, or both",
        "private.CKA_EXTRACTABLE = true ask   | must say private.CKA_EXTRACTABLE = false ask demand",
        "private.CKA_SENSITIVE = true ask     | must say private.CKA_SENSITIVE = true ask demand"
      })
  void aMistakeIsNamed(String line, String message) {
    assertThatThrownBy(() -> TemplateProfile.parse("own", LEAST + line))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message)
        .hasMessageStartingWith("own");
  }

  @Test
  void aNameThatIsNoneIsAnsweredWithThoseThatAre() {
    assertThatThrownBy(() -> TemplateProfile.named("lax"))
        .hasMessage(
            "no template for keys is named lax; there are strict, minimal, softhsm, nss,"
                + " opencryptoki, luna, nshield, aws-cloudhsm, yubihsm2, tpm2");
  }
}
