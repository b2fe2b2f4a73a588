package dev.nameplate.cli;

import static java.nio.file.StandardOpenOption.CREATE_NEW;
import static java.nio.file.StandardOpenOption.WRITE;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How long and how often a one-time secret serves, and where it goes.
final class SecretOptions {

  @Option(
      names = "--secret-uses",
      paramLabel = "N",
      defaultValue = "1",
      description = "How many enrollments it serves for. Default: ${DEFAULT-VALUE}.")
  int uses = 1;

  @Option(
      names = "--secret-ttl",
      paramLabel = "TIME",
      defaultValue = "24h",
      description = "How long it serves: 30m, 24h, 7d. Default: ${DEFAULT-VALUE}.")
  Duration lifetime = Duration.ofHours(24);

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "Write it to this new file, for its owner only (0600), instead of to stdout.")
  @Nullable Path file;

  /// Asks for a secret and writes it to the file, if one was named. The file is made first: a
  /// secret is shown once, and must not be lost to a folder that does not exist.
  <T> T deliver(Supplier<T> ask, Function<T, AdminApi.Secret> secretOf) {
    if (file == null) {
      return ask.get();
    }
    var target = file;
    try (var channel =
        FileChannel.open(
            target,
            Set.of(CREATE_NEW, WRITE),
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")))) {
      T answer;
      try {
        answer = ask.get();
      } catch (CommandFailure refused) {
        Files.delete(target);
        throw refused;
      }
      var text = secretOf.apply(answer).text() + "\n";
      var bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
      return answer;
    } catch (FileAlreadyExistsException exists) {
      throw CommandFailure.of(ExitCode.CONFLICT, target + " is there already")
          .next("Name another file, or remove this one; nothing was asked of the server.")
          .because(exists);
    } catch (IOException failed) {
      throw CommandFailure.error("the secret cannot be written to " + target)
          .next("If the device was registered, `nameplate device secret` makes a new one.")
          .because(failed);
    }
  }

  void print(Console console, DeviceId device, AdminApi.Secret secret) {
    print(console, device.value(), device, secret);
  }

  /// @param asking what comes after `nameplate est enroll`
  void print(Console console, String asking, DeviceId device, AdminApi.Secret secret) {
    var uses = secret.uses() == 1 ? "one enrollment" : secret.uses() + " enrollments";
    if (file != null) {
      console.say(
          """
          Its secret is in %s, good for %s until %s.
          Next, where the device is:
            nameplate est enroll %s --secret-file %s --out %s/\
          """
              .formatted(file, uses, secret.expires(), asking, file, device));
      return;
    }
    console.say(
        """
        Its secret, shown this once, is good for %s until %s.
        Next, where the device is, with the secret in a file s:
          nameplate est enroll %s --secret-file s --out %s/
        """
            .formatted(uses, secret.expires(), asking, device));
    console.print(secret.text());
  }

  /// The secret as JSON; without its text if that went to a file.
  Map<String, Object> json(AdminApi.Secret secret) {
    var json = new LinkedHashMap<String, Object>();
    json.put("id", secret.id());
    if (file != null) {
      json.put("file", file.toString());
    } else {
      json.put("text", secret.text());
    }
    json.put("uses", secret.uses());
    json.put("expires", secret.expires());
    return json;
  }
}
