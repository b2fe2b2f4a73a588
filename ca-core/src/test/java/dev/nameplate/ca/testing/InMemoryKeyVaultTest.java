package dev.nameplate.ca.testing;

import dev.nameplate.ca.signing.KeyVault;

class InMemoryKeyVaultTest extends KeyVaultContract {

  @Override
  protected KeyVault newVault() {
    return new InMemoryKeyVault("memory");
  }
}
