package dev.nameplate.ca.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program that other people wrote, run for real. A test whose tool is missing fails by its name.
public record Tool(String name, String aptPackages) {

  public static final Tool OPENSSL = new Tool("openssl", "openssl");
  public static final Tool CURL = new Tool("curl", "curl");
  public static final Tool PKI = new Tool("pki", "strongswan-pki libstrongswan-standard-plugins");

  /// What it printed, and how it ended.
  public record Result(int exit, String out, String err) {

    /// All that it printed.
    public String output() {
      return out + err;
    }

    /// The same, if the program says that it worked.
    public Result ok() {
      if (exit != 0) {
        throw new AssertionError("exit " + exit + "\n" + output());
      }
      return this;
    }
  }

  /// Runs it in `directory` and waits at most a minute.
  public Result run(Path directory, String... arguments) {
    return feed("", directory, arguments);
  }

  /// The same with `input` on its standard input. A `strongswan.conf` in `directory` is
  /// strongSwan's configuration.
  public Result feed(String input, Path directory, String... arguments) {
    var command = new ArrayList<String>();
    command.add(name);
    Collections.addAll(command, arguments);
    try {
      return run(command, input, directory);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(command + " was interrupted", interrupted);
    }
  }

  // through files: a full pipe would stop the program
  private Result run(List<String> command, String input, Path directory)
      throws IOException, InterruptedException {
    var in = Files.writeString(Files.createTempFile("tool", ".in"), input);
    var out = Files.createTempFile("tool", ".out");
    var err = Files.createTempFile("tool", ".err");
    try {
      var builder =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectInput(in.toFile())
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      var strongswan = directory.resolve("strongswan.conf");
      if (Files.exists(strongswan)) {
        builder.environment().put("STRONGSWAN_CONF", strongswan.toString());
      }
      var process = started(builder);
      try {
        if (!process.waitFor(1, TimeUnit.MINUTES)) {
          throw new AssertionError(command + " does not end");
        }
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
      } finally {
        process.destroy();
      }
    } finally {
      for (var file : List.of(in, out, err)) {
        Files.delete(file);
      }
    }
  }

  private Process started(ProcessBuilder builder) {
    try {
      return builder.start();
    } catch (IOException missing) {
      throw new AssertionError(
          name + " cannot be started; is it installed? apt-get install " + aptPackages, missing);
    }
  }
}
