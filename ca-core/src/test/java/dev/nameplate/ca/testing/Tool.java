package dev.nameplate.ca.testing;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.TimeUnit;

/// A program that other people wrote, run for real. A test whose tool is missing fails by its name.
public record Tool(String name, String aptPackage) {

  public static final Tool OPENSSL = new Tool("openssl", "openssl");
  public static final Tool CURL = new Tool("curl", "curl");

  /// What it printed, on stdout and stderr together, and how it ended.
  public record Result(int exit, String output) {}

  /// Runs it in `directory` and waits at most a minute.
  public Result run(Path directory, String... arguments) {
    var command = new ArrayList<String>();
    command.add(name);
    Collections.addAll(command, arguments);
    return run(directory, command);
  }

  private Result run(Path directory, List<String> command) {
    Process process;
    try {
      process =
          new ProcessBuilder(command)
              .directory(directory.toFile())
              .redirectErrorStream(true)
              .start();
    } catch (IOException missing) {
      throw new AssertionError(
          name + " cannot be started; is it installed? apt-get install " + aptPackage, missing);
    }
    try (var output = process.getInputStream()) {
      process.getOutputStream().close();
      var text = new String(output.readAllBytes(), StandardCharsets.UTF_8);
      if (!process.waitFor(1, TimeUnit.MINUTES)) {
        throw new AssertionError(command + " does not end; it printed: " + text);
      }
      return new Result(process.exitValue(), text);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError(command + " was interrupted", interrupted);
    } finally {
      process.destroy();
    }
  }
}
