package dev.nameplate.server.ceremony;

import java.util.List;
import java.util.stream.Stream;

/// Who is there, as the transcript names them.
///
/// @param custodians those who hold a part of the PIN
/// @param witnesses those who watch
public record People(List<String> custodians, List<String> witnesses) {

  private static final int LONGEST = 100;

  public People {
    custodians = List.copyOf(custodians);
    witnesses = List.copyOf(witnesses);
    for (var name : Stream.concat(custodians.stream(), witnesses.stream()).toList()) {
      if (name.isBlank()
          || name.length() > LONGEST
          || name.codePoints()
              .anyMatch(
                  c -> Character.isISOControl(c) || Character.getType(c) == Character.FORMAT)) {
        throw new IllegalArgumentException(
            "'" + name + "' is no name of 1 to " + LONGEST + " printable letters");
      }
    }
    if (custodians.stream().distinct().count() < custodians.size()) {
      throw new IllegalArgumentException("two custodians have the same name");
    }
  }

  /// For a line of the audit log.
  public String asOne() {
    var all = Stream.concat(custodians.stream(), witnesses.stream()).distinct().toList();
    return all.isEmpty() ? "nobody named" : String.join(", ", all);
  }
}
