package dev.nameplate.hsm;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/// What mechanisms are called, for people.
final class MechanismName {

  private static final Map<Long, String> NAMES = read();

  private MechanismName() {}

  /// `CKM_ECDSA`, or the number of one that has no name here: `0x80000001`.
  static String of(long mechanism) {
    return Optional.ofNullable(NAMES.get(mechanism)).orElse("0x" + Long.toHexString(mechanism));
  }

  private static Map<Long, String> read() {
    try (var file = MechanismName.class.getResourceAsStream("mechanisms.txt")) {
      if (file == null) {
        throw new IllegalStateException("mechanisms.txt was not built in");
      }
      return new String(file.readAllBytes(), StandardCharsets.US_ASCII)
          .lines()
          .map(line -> line.split(" "))
          .collect(
              Collectors.toUnmodifiableMap(
                  parts -> Long.parseLong(parts[0], 16), parts -> parts[1]));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }
}
