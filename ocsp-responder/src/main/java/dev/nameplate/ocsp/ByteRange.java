package dev.nameplate.ocsp;

import java.util.Optional;
import java.util.regex.Pattern;

/// A part of something, from its byte `first` to its byte `last` (RFC 9110 section 14).
record ByteRange(int first, int last) {

  private static final Pattern SINGLE = Pattern.compile("bytes=(\\d{0,18})-(\\d{0,18})");

  /// What became of a `Range` header.
  sealed interface Asked {

    /// It is no single range of bytes: the whole is the answer.
    record Everything() implements Asked {}

    record Part(ByteRange range) implements Asked {}

    /// Nothing of what is there.
    record Unsatisfiable() implements Asked {}
  }

  static Asked of(String header, int length) {
    var match = SINGLE.matcher(header.strip());
    if (!match.matches()) {
      return new Asked.Everything();
    }
    var from = number(match.group(1));
    var to = number(match.group(2));
    if (from.isEmpty() && to.isEmpty()) {
      return new Asked.Everything();
    }
    if (from.isEmpty()) {
      long suffix = Math.min(to.get(), length);
      return suffix == 0
          ? new Asked.Unsatisfiable()
          : new Asked.Part(new ByteRange((int) (length - suffix), length - 1));
    }
    if (to.filter(end -> end < from.get()).isPresent()) {
      return new Asked.Everything();
    }
    if (from.get() >= length) {
      return new Asked.Unsatisfiable();
    }
    long last = Math.min(to.orElse(Long.MAX_VALUE), length - 1L);
    return new Asked.Part(new ByteRange((int) (long) from.get(), (int) last));
  }

  int length() {
    return last - first + 1;
  }

  private static Optional<Long> number(String digits) {
    return digits.isEmpty() ? Optional.empty() : Optional.of(Long.parseLong(digits));
  }
}
