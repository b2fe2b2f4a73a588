package dev.nameplate.store;

import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/// Which database, and how it is talked to.
///
/// The URL is `jdbc:h2:file:PATH`, `jdbc:h2:mem:NAME` or `jdbc:postgresql://HOST[,HOST…]/NAME`.
/// What else it may say is a short list: database drivers run scripts, load classes and write files
/// when their URL tells them to.
///
/// @param password where the password comes from, asked at each connection; never in the URL
/// @param readers how many connections there are for reading
/// @param deadline how long a change may wait for its turn
public record DatabaseSettings(
    String url, String user, Supplier<String> password, int readers, Duration deadline) {

  private static final Set<String> H2_PARAMETERS = Set.of("cache_size");
  private static final Set<String> POSTGRESQL_PARAMETERS =
      Set.of(
          "applicationname",
          "connecttimeout",
          "currentschema",
          "hostrecheckseconds",
          "loadbalancehosts",
          "sockettimeout",
          "sslcert",
          "sslkey",
          "sslmode",
          "sslrootcert",
          "targetservertype",
          "tcpkeepalive");

  public DatabaseSettings {
    if (readers < 1 || readers > 200) {
      throw new IllegalArgumentException(readers + " database readers; 1 to 200 are possible");
    }
    if (deadline.toMillis() < 1) {
      throw new IllegalArgumentException("a database deadline of " + deadline);
    }
    switch (Dialect.of(url)) {
      case H2 -> check(url, ";", ";", H2_PARAMETERS);
      case POSTGRESQL -> check(url, "\\?", "&", POSTGRESQL_PARAMETERS);
    }
  }

  /// With 8 readers and a deadline of 10 seconds.
  public DatabaseSettings(String url, String user, Supplier<String> password) {
    this(url, user, password, 8, Duration.ofSeconds(10));
  }

  Dialect dialect() {
    return Dialect.of(url);
  }

  /// Without the password.
  @Override
  public String toString() {
    return "DatabaseSettings[" + url + ", user " + user + "]";
  }

  private static void check(String url, String begin, String separator, Set<String> allowed) {
    var parts = url.split(begin, 2);
    if (parts.length == 1) {
      return;
    }
    for (var parameter : parts[1].split(separator, -1)) {
      var name = parameter.split("=", 2)[0].strip().toLowerCase(Locale.ROOT);
      if (!name.isEmpty() && !allowed.contains(name)) {
        throw new IllegalArgumentException(
            "the database URL must not set " + name + "; it may set " + String.join(", ", allowed));
      }
    }
  }
}
