package dev.nameplate.store;

class H2StoresTest extends DatabaseContracts {
  H2StoresTest() {
    super(TestDatabase.H2);
  }
}
