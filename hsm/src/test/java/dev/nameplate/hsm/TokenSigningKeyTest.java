package dev.nameplate.hsm;

import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.testing.SigningKeyContract;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/// One key of each type that we use in tokens, in SoftHSM.
class TokenSigningKeyTest extends SigningKeyContract {

  private final List<SigningKey> keys = new ArrayList<>();
  private TokenKeyVault vault;

  @BeforeAll
  void makeKeys() throws IOException {
    vault = TestTokens.open(TestTokens.newToken("contract"));
    for (var scheme : KeyScheme.ALL) {
      keys.add(vault.generate(scheme.type().text(), scheme.type()).key());
    }
  }

  @AfterAll
  void closeTheVault() {
    vault.close();
  }

  @Override
  protected Stream<SigningKey> keys() {
    return keys.stream();
  }
}
