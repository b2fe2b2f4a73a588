package dev.nameplate.store;

import java.sql.Connection;
import java.sql.SQLException;

/// Opens connections to the one database.
@FunctionalInterface
interface Connections {
  Connection open() throws SQLException;
}
