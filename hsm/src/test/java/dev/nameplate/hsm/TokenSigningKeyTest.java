package dev.nameplate.hsm;

import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.testing.SigningKeyContract;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// One key of each type that SoftHSM makes, and RSA keys that sign with RSASSA-PSS.
class TokenSigningKeyTest extends SigningKeyContract {

  private final List<SigningKey> keys = new ArrayList<>();
  private TokenKeyVault vault;
  private TokenKeyVault pss;

  @BeforeAll
  void makeKeys() throws IOException {
    var token = TestTokens.patient(TestTokens.newToken("contract"));
    vault = TestTokens.open(token);
    for (var type : TestTokens.SOFTHSM_MAKES) {
      keys.add(vault.generate(type.text(), type).key());
    }
    pss = TestTokens.open(token.withKeys(KeyRules.USUAL.with(RsaSignatures.PSS)));
    for (var type : TestTokens.SOFTHSM_MAKES) {
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
