package dev.nameplate.store;

class PostgresqlStoresTest extends DatabaseContracts {
  PostgresqlStoresTest() {
    super(TestDatabase.POSTGRESQL);
  }
}
