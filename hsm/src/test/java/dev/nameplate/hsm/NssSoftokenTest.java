package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.nameplate.ca.signing.KeyVault;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.testing.KeyVaultContract;
import dev.nameplate.ca.testing.SigningKeyContract;
import dev.nameplate.ca.x509.KeyType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/// The whole layer over another library than SoftHSM; what it does not offer is said.
class NssSoftokenTest {

  private static final Set<KeyType> LACKS =
      EnumSet.of(KeyType.ED25519, KeyType.ML_DSA_44, KeyType.ML_DSA_65, KeyType.ML_DSA_87);

  @Nested
  class KeepsTheContractOfVaults extends KeyVaultContract {

    @Override
    protected KeyVault newVault() throws IOException {
      return TestTokens.open(NssSoftoken.newToken());
    }

    /// It copies and wraps keys that are not to be extracted: good for tests, not for keys.
    @Override
    protected boolean keepsKeysIn() {
      return false;
    }
  }

  @Nested
  class KeepsTheContractOfKeys extends SigningKeyContract {

    private final List<SigningKey> keys = new ArrayList<>();
    private TokenKeyVault vault;
    private TokenKeyVault pss;

    @BeforeAll
    void makeKeys() throws IOException {
      var token = NssSoftoken.newToken();
      vault = TestTokens.open(token);
      pss = TestTokens.open(token.withKeys(token.keys().with(RsaSignatures.PSS)));
      for (var type : EnumSet.complementOf(EnumSet.copyOf(LACKS))) {
        keys.add(vault.generate(type.text(), type).key());
        if (type.isRsa()) {
          keys.add(pss.generate("pss-" + type.text(), type).key());
        }
      }
    }

    @AfterAll
    void closeTheVaults() {
      pss.close();
      vault.close();
    }

    @Override
    protected Stream<SigningKey> keys() {
      return keys.stream();
    }
  }

  @ParameterizedTest
  @FieldSource("LACKS")
  void whatItDoesNotOfferIsSaid(KeyType type) throws IOException {
    try (var vault = TestTokens.open(NssSoftoken.newToken())) {
      assertThatThrownBy(() -> vault.generate("ca", type))
          .isInstanceOf(HsmException.class)
          .hasMessageContaining(
              "the token cannot make keys of type " + type.text() + ": it has no CKM_");
    }
  }

  @Test
  void theStrictTemplateIsMoreThanItKnowsAndLeavesNoKeyBehind() throws IOException {
    var token = NssSoftoken.newToken();
    try (var vault = TestTokens.open(token.withKeys(KeyRules.USUAL))) {
      assertThatThrownBy(() -> vault.generate("ca", KeyType.EC_P256))
          .isInstanceOf(HsmException.class);

      assertThat(vault.keys()).isEmpty();
    }
  }

  @Test
  void itSaysThatKeysThatItMadeWereNotMadeInIt() throws IOException {
    var demanding =
        """
        private.CKA_TOKEN = true ask demand
        private.CKA_SENSITIVE = true ask demand
        private.CKA_EXTRACTABLE = false ask demand
        private.CKA_SIGN = true ask demand
        private.CKA_LOCAL = true demand
        public.CKA_TOKEN = true ask demand
        """;
    var token = NssSoftoken.newToken();
    var rules = KeyRules.USUAL.with(TemplateProfile.parse("demanding", demanding));
    try (var vault = TestTokens.open(token.withKeys(rules))) {
      assertThatThrownBy(() -> vault.generate("ca", KeyType.EC_P256))
          .hasMessageContaining("the token made another private key than asked for: CKA_LOCAL is");

      assertThat(vault.keys()).isEmpty();
    }
  }

  @Test
  void oneInitializationIsInUseAtATime() throws IOException {
    var here = NssSoftoken.newToken();
    var elsewhere = NssSoftoken.newToken();
    try (var _ = TestTokens.open(here)) {
      assertThatThrownBy(() -> TestTokens.open(elsewhere))
          .isInstanceOf(HsmException.class)
          .hasMessageContaining("is in use, initialised with 'configdir='sql:");
    }
    try (var vault = TestTokens.open(elsewhere)) {
      assertThat(vault.generate("ca", KeyType.EC_P256).key().sign(new byte[9])).isNotEmpty();
    }
  }
}
