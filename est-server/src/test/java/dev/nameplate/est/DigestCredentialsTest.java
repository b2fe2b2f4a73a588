package dev.nameplate.est;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.est.DigestCredentials.UnusableException;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

@Tag("S6")
final class DigestCredentialsTest {

  private static final int LONG = 20_000;

  static Stream<String> headers() {
    return Stream.of(
        "a".repeat(LONG),
        " ".repeat(LONG),
        "a=" + "b".repeat(LONG) + "\"",
        "a=" + " ".repeat(LONG) + ",",
        "a" + " ".repeat(LONG),
        "a=b" + " ".repeat(LONG) + "c",
        "a=\"" + "b".repeat(LONG),
        "a=\"" + "\\b".repeat(LONG / 2),
        "a=\"" + "\\".repeat(LONG),
        IntStream.rangeClosed(1, 140)
            .mapToObj("a"::repeat)
            .collect(Collectors.joining("=b, ", "", "=b")));
  }

  @ParameterizedTest
  @MethodSource("headers")
  void noHeaderIsReadOverAndOver(String header) {
    var text = new Counting(header);
    try {
      assertThat(DigestCredentials.parameters(text)).isNotEmpty();
    } catch (UnusableException refused) {
      assertThat(refused.reason()).isEqualTo("Digest is malformed");
    }

    assertThat(text.reads).isLessThan(2 * header.length());
  }

  /// A text that knows how often one looked at it.
  private static final class Counting implements CharSequence {

    private final String text;
    private int reads;

    Counting(String text) {
      this.text = text;
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public char charAt(int index) {
      reads++;
      return text.charAt(index);
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return text.subSequence(start, end);
    }

    @Override
    public String toString() {
      return text;
    }
  }
}
