package dev.nameplate.server.ceremony;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/// Shamir's secret sharing by Debian's `ssss`. A secret goes in by stdin and comes out by a pipe:
/// it is on no command line, in no file and in no log.
final class SecretSharing {

  private static final Pattern SHARE = Pattern.compile("\\d{1,3}-[0-9a-f]{32}");
  private static final Pattern SECRET = Pattern.compile("[0-9a-f]{1,32}");
  private static final int HEX_DIGITS = 32;
  private static final int PATIENCE_SECONDS = 60;
  private static final int MOST = 16 * 1024;

  private SecretSharing() {}

  /// @throws CeremonyException that names the package, if the tool is not installed
  static void requireInstalled() throws CeremonyException {
    run(List.of("ssss-split", "-v"), new byte[0], true);
  }

  /// @param secret 32 hex digits
  /// @param threshold how many shares make the secret again
  static List<String> split(byte[] secret, int threshold, int shares) throws CeremonyException {
    if (threshold < 2 || threshold > shares || shares > 99) {
      throw new CeremonyException(
          "%d of %d shares: at least 2 must be needed, and at most 99 made"
              .formatted(threshold, shares));
    }
    var made =
        run(
            List.of("ssss-split", "-x", "-Q", "-s", "128", "-t", "" + threshold, "-n", "" + shares),
            secret,
            false);
    var lines = new String(made, StandardCharsets.US_ASCII).lines().toList();
    Arrays.fill(made, (byte) 0);
    var found = lines.stream().filter(SHARE.asMatchPredicate()).toList();
    if (found.size() != shares) {
      throw new CeremonyException(
          "ssss-split gave " + found.size() + " shares instead of " + shares);
    }
    return found;
  }

  /// What these shares make, if they are shares of one secret; else something else. Nobody can tell
  /// from the shares alone.
  ///
  /// @return 32 hex digits
  static byte[] combine(List<String> shares) throws CeremonyException {
    var input = new ByteArrayOutputStream();
    for (var share : shares) {
      input.writeBytes((share + "\n").getBytes(StandardCharsets.US_ASCII));
    }
    // it writes the secret to stderr, since its stdout may be a terminal's
    var out =
        run(
            List.of("ssss-combine", "-x", "-Q", "-t", "" + shares.size()),
            input.toByteArray(),
            true);
    var text = new String(out, StandardCharsets.US_ASCII).strip();
    Arrays.fill(out, (byte) 0);
    if (!SECRET.matcher(text).matches()) {
      throw new CeremonyException("ssss-combine cannot make a PIN of these shares");
    }
    return "0".repeat(HEX_DIGITS - text.length()).concat(text).getBytes(StandardCharsets.US_ASCII);
  }

  /// The share in what a person typed, or in a share's file.
  static String read(String text, String where) throws CeremonyException {
    var found = text.lines().map(String::strip).filter(SHARE.asMatchPredicate()).toList();
    if (found.size() != 1) {
      throw new CeremonyException(where + " has " + found.size() + " shares instead of one");
    }
    return found.getFirst();
  }

  static List<String> distinct(List<String> shares) throws CeremonyException {
    var numbers = new ArrayList<String>();
    for (var share : shares) {
      var number = share.substring(0, share.indexOf('-'));
      if (numbers.contains(number)) {
        throw new CeremonyException("share " + number + " was given twice");
      }
      numbers.add(number);
    }
    return List.copyOf(shares);
  }

  private static byte[] run(List<String> command, byte[] input, boolean fromStderr)
      throws CeremonyException {
    Process process;
    try {
      var builder = new ProcessBuilder(command);
      builder.environment().put("LC_ALL", "C");
      process = builder.start();
    } catch (IOException missing) {
      throw new CeremonyException(
          command.getFirst() + " cannot be started; is it installed? apt-get install ssss",
          missing);
    }
    try {
      var out = CompletableFuture.supplyAsync(() -> content(process.getInputStream()));
      var err = CompletableFuture.supplyAsync(() -> content(process.getErrorStream()));
      try (var stdin = process.getOutputStream()) {
        stdin.write(input);
        if (input.length > 0 && input[input.length - 1] != '\n') {
          stdin.write('\n');
        }
      } catch (IOException _) {
        // it did not want it; its exit code says why
      }
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        throw new CeremonyException(command.getFirst() + " does not end");
      }
      if (process.exitValue() != 0) {
        throw new CeremonyException(
            command.getFirst() + " failed with exit code " + process.exitValue());
      }
      return (fromStderr ? err : out).join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new CeremonyException("interrupted", interrupted);
    } finally {
      process.destroyForcibly();
      Arrays.fill(input, (byte) 0);
    }
  }

  private static byte[] content(InputStream stream) {
    try (stream) {
      return stream.readNBytes(MOST);
    } catch (IOException broken) {
      return new byte[0];
    }
  }
}
