package dev.nameplate.hsm;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Programs of others, run in the environment of a token.
record Tool(String aptPackage, HsmSettings token) {

  /// Runs pkcs11-tool, logged in.
  static String pkcs11(HsmSettings token, String... arguments)
      throws IOException, InterruptedException {
    return pkcs11(token, Files.readString(TestTokens.pinFile(token)), List.of(arguments));
  }

  /// The same with another PIN.
  static String pkcs11(HsmSettings token, String pin, List<String> arguments)
      throws IOException, InterruptedException {
    var command =
        new ArrayList<>(
            List.of(
                "pkcs11-tool",
                "--module",
                token.module().toString(),
                "--token-label",
                token.token(),
                "--login",
                "--pin",
                pin));
    command.addAll(arguments);
    return new Tool("opensc", token).run(command);
  }

  static String openssl(HsmSettings token, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    return new Tool("openssl", token).run(command);
  }

  /// Makes one more token with this label and this token's PIN.
  static void softHsmInitToken(HsmSettings token, String label)
      throws IOException, InterruptedException {
    var pin = Files.readString(TestTokens.pinFile(token));
    new Tool("softhsm2", token)
        .run(
            List.of(
                "softhsm2-util",
                "--init-token",
                "--free",
                "--label",
                label,
                "--so-pin",
                pin,
                "--pin",
                pin));
  }

  /// Puts a private key of a PKCS#8 file into the token, as its clone has it.
  static void softHsmImport(HsmSettings token, Path pkcs8, String label, String id)
      throws IOException, InterruptedException {
    new Tool("softhsm2", token)
        .run(
            List.of(
                "softhsm2-util",
                "--import",
                pkcs8.toString(),
                "--token",
                token.token(),
                "--label",
                label,
                "--id",
                id,
                "--pin",
                Files.readString(TestTokens.pinFile(token))));
  }

  private String run(List<String> command) throws IOException, InterruptedException {
    var builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().putAll(token.environment());
    Process process;
    try {
      process = builder.start();
    } catch (IOException missing) {
      throw new AssertionError(
          command.getFirst() + " is needed: apt-get install " + aptPackage, missing);
    }
    var output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as("%s says: %s", command.getFirst(), output).isZero();
    return output;
  }
}
