package dev.nameplate.store;

import java.sql.SQLException;

/// One change, which shares a transaction with others. It may be run more than once, so it changes
/// nothing but the database.
@FunctionalInterface
interface Work<T> {
  T run(Transaction transaction) throws SQLException;
}
