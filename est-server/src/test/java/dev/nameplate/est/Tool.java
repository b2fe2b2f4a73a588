package dev.nameplate.est;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program made by others. If it is not there the test fails, and says what to install.
enum Tool {
  OPENSSL("openssl", "openssl"),
  CURL("curl", "curl"),
  PKI("pki", "strongswan-pki libstrongswan-standard-plugins");

  private final String program;
  private final String packages;

  Tool(String program, String packages) {
    this.program = program;
    this.packages = packages;
  }

  record Result(int exit, String out, String err) {

    /// Everything that was printed, if the program says that it worked.
    Result ok() {
      if (exit != 0) {
        throw new AssertionError("exit " + exit + "\n" + out + err);
      }
      return this;
    }
  }

  /// Runs it in `folder`, and expects it to work.
  Result run(Path folder, String... arguments) throws IOException, InterruptedException {
    return tryIn(folder, "", arguments).ok();
  }

  /// Runs it in `folder` with this on its standard input.
  Result tryIn(Path folder, String input, String... arguments)
      throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of(program));
    command.addAll(List.of(arguments));
    var in = Files.writeString(Files.createTempFile(folder, "in", ".txt"), input);
    var out = Files.createTempFile(folder, "out", ".txt");
    var err = Files.createTempFile(folder, "err", ".txt");
    var builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(in.toFile())
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    if (Files.exists(folder.resolve("strongswan.conf"))) {
      builder.environment().put("STRONGSWAN_CONF", folder.resolve("strongswan.conf").toString());
    }
    Process process;
    try {
      process = builder.start();
    } catch (IOException missing) {
      throw new AssertionError(
          program + " is needed for this test: apt-get install " + packages, missing);
    }
    if (!process.waitFor(60, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError(program + " does not end");
    }
    return new Result(
        process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
  }
}
