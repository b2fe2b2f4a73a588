package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdminApi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// How long the one-time secret of an administrator serves, and where it goes.
final class AdminSecretOptions {

  @Option(
      names = "--secret-ttl",
      paramLabel = "TIME",
      defaultValue = "24h",
      description = "How long it serves: 30m, 24h; 7d at most. Default: ${DEFAULT-VALUE}.")
  Duration lifetime = Duration.ofHours(24);

  @Option(
      names = "--secret-file",
      paramLabel = "FILE",
      description = "Write it to this new file, for its owner only (0600), instead of to stdout.")
  @Nullable Path file;

  <T> T deliver(Supplier<T> ask, Function<T, AdminApi.Secret> secretOf) {
    return secret().deliver(ask, secretOf);
  }

  Map<String, Object> json(AdminApi.Secret secret) {
    return secret().json(secret);
  }

  void print(Console console, DeviceId admin, Context context, AdminApi.Secret secret) {
    console.say(
        """
        Their secret, good for one enrollment until %s%s.
        Bring it to them with %s, by a way that you trust. Next, on their own machine:
          nameplate admin enroll %s --secret-file s --trust trust.pem \\
              --url %s --admin-url %s --out %s/\
        """
            .formatted(
                secret.expires(),
                file == null ? ", is shown this once" : ", is in " + file,
                context.trust(),
                admin,
                context.estUrl(),
                context.adminUrl(),
                admin));
    if (file == null) {
      console.print(secret.text());
    }
  }

  private SecretOptions secret() {
    var options = new SecretOptions();
    options.file = file;
    return options;
  }
}
