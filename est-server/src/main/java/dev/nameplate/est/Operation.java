package dev.nameplate.est;

import java.util.Locale;
import java.util.Optional;

/// The operations that RFC 7030 section 3.2.2 names, and those beside it. Not all of them are
/// served, but none of their names can be a label.
enum Operation {
  CACERTS,
  SIMPLEENROLL,
  SIMPLEREENROLL,
  FULLCMC,
  SERVERKEYGEN,
  CSRATTRS,
  CRLS,
  RENEWAL_INFO;

  /// The last segment of its path.
  String path() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  static Optional<Operation> of(String path) {
    for (var operation : values()) {
      if (operation.path().equals(path)) {
        return Optional.of(operation);
      }
    }
    return Optional.empty();
  }
}
