package dev.nameplate.store;

import java.io.PrintWriter;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.SQLFeatureNotSupportedException;
import java.util.Properties;
import java.util.function.Supplier;
import java.util.logging.Logger;
import javax.sql.DataSource;
import org.jspecify.annotations.Nullable;

/// Opens connections by the driver that knows the URL, with a password that is fetched each time.
final class DriverSource implements DataSource {

  private final String url;
  private final Properties properties;
  private final Supplier<String> password;

  DriverSource(String url, Properties properties, Supplier<String> password) {
    this.url = url;
    this.properties = properties;
    this.password = password;
  }

  /// @throws SQLException also if the password cannot be had now: the database is away then
  @Override
  public Connection getConnection() throws SQLException {
    var all = new Properties();
    all.putAll(properties);
    try {
      all.setProperty("password", password.get());
    } catch (RuntimeException unreadable) {
      throw new SQLException(unreadable.getMessage(), unreadable);
    }
    return DriverManager.getConnection(url, all);
  }

  @Override
  public Connection getConnection(String user, String password) throws SQLException {
    throw new SQLFeatureNotSupportedException("this source has a user of its own");
  }

  @Override
  public @Nullable PrintWriter getLogWriter() {
    return null;
  }

  @Override
  public void setLogWriter(PrintWriter out) throws SQLException {
    throw new SQLFeatureNotSupportedException("no log writer");
  }

  @Override
  public void setLoginTimeout(int seconds) throws SQLException {
    throw new SQLFeatureNotSupportedException("no login timeout");
  }

  @Override
  public int getLoginTimeout() {
    return 0;
  }

  @Override
  public Logger getParentLogger() throws SQLFeatureNotSupportedException {
    throw new SQLFeatureNotSupportedException("no parent logger");
  }

  @Override
  public <T> T unwrap(Class<T> type) throws SQLException {
    throw new SQLException("nothing is wrapped here");
  }

  @Override
  public boolean isWrapperFor(Class<?> type) {
    return false;
  }
}
