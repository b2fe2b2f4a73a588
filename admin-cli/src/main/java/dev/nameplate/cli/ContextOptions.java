package dev.nameplate.cli;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/// Which server to talk to.
final class ContextOptions {

  private static final Path USUAL = Path.of("np");

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The folder that `nameplate init` made; context.yaml in it is used.")
  @Nullable Path dir;

  @Option(
      names = "--context",
      paramLabel = "FILE",
      description =
          "A context file. Without --dir and --context: $NAMEPLATE_CONTEXT, $NAMEPLATE_DIR, ./np.")
  @Nullable Path file;

  /// Says on stderr if the operator's certificate is near its end.
  ///
  /// @throws CommandFailure if there is none, or it cannot be used
  Context required(Console console) {
    var context = requiredQuietly(console);
    if (Files.exists(context.certificate())) {
      CertificateLife.of(Inputs.certificates(context.certificate()).getFirst())
          .worry()
          .ifPresent(worry -> console.say("nameplate: " + worry));
    }
    return context;
  }

  /// @throws CommandFailure if there is none, or it cannot be used
  Context requiredQuietly(Console console) {
    return find(console)
        .orElseThrow(() ->
            CommandFailure.of(ExitCode.USAGE, "which server? There is no np/context.yaml here")
                .next(
                    "Name the folder that `nameplate init` made: --dir np, or set NAMEPLATE_DIR."
                        + " From another machine: --context FILE."));
  }

  /// Whether one was named on the command line.
  boolean isGiven() {
    return dir != null || file != null;
  }

  /// Empty if nothing was named and the usual folder is not here.
  Optional<Context> find(Console console) {
    if (dir != null && file != null) {
      throw CommandFailure.of(ExitCode.USAGE, "--dir and --context: give one of the two");
    }
    if (dir != null) {
      return Optional.of(Context.read(dir.resolve(Context.FILE_NAME)));
    }
    if (file != null) {
      return Optional.of(Context.read(file));
    }
    return console
        .variable("NAMEPLATE_CONTEXT")
        .map(Path::of)
        .or(() -> console.variable("NAMEPLATE_DIR").map(Path::of).map(ContextOptions::within))
        .or(() -> Optional.of(within(USUAL)).filter(Files::exists))
        .map(Context::read);
  }

  private static Path within(Path folder) {
    return folder.resolve(Context.FILE_NAME);
  }
}
