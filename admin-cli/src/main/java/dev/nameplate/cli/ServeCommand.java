package dev.nameplate.cli;

import dev.nameplate.server.Nameplate;
import dev.nameplate.server.Settings;
import dev.nameplate.server.StartException;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "serve",
    description = {
      "Run the server of a folder that `nameplate init` made, until SIGTERM or Ctrl-C.",
      "",
      "When it is told to stop, it finishes the requests it has, for at most 10 seconds, and ends"
          + " with 0. The log is printed on stderr; the URLs, once all of them answer, on stdout."
          + " Readiness for scripts: /health/ready at the metrics URL.",
      "",
      "Examples:",
      "  nameplate serve --dir np",
      "  nameplate serve --dir np --roles est,admin,jobs"
    })
final class ServeCommand implements Runnable {

  @Mixin CommonOptions common = new CommonOptions();

  @Option(
      names = "--dir",
      paramLabel = "DIR",
      description = "The folder that `nameplate init` made. Default: $$NAMEPLATE_DIR, else np.")
  @Nullable Path dir;

  @Option(
      names = "--roles",
      paramLabel = "ROLE",
      split = ",",
      description = {
        "What this node does, instead of what nameplate.yaml says: est, status, admin, jobs. What is"
            + " not named here opens no listener and runs no job. Metrics are always served."
      })
  Set<Settings.Role> roles = Set.of();

  private final Console console;
  private final AtomicBoolean stoppedByItself = new AtomicBoolean();

  ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var folder =
        dir != null ? dir : console.variable("NAMEPLATE_DIR").map(Path::of).orElse(Path.of("np"));
    try (var server = Nameplate.start(folder, roles)) {
      closeWhenTold(server);
      var urls = Table.pairs();
      server.urls().forEach(urls::row);
      console.print(urls.row("ready"));
      console.out().flush();
      var stopped = server.awaitStop();
      if (stopped.isPresent()) {
        stoppedByItself.set(true);
        throw CommandFailure.error("the server stopped by itself: " + stopped.get());
      }
    } catch (StartException failed) {
      throw CommandFailure.error(String.valueOf(failed.getMessage())).because(failed);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  /// A signal starts the shutdown hooks, and would end the process with 143 or 130. Being told to
  /// stop and stopping is success.
  private void closeWhenTold(Nameplate server) {
    var runtime = Runtime.getRuntime();
    runtime.addShutdownHook(
        new Thread(
            () -> {
              if (stoppedByItself.get()) {
                return; // this is the end of a process that failed, and its exit code says so
              }
              console.say("Told to stop; finishing what is under way.");
              server.close();
              console.say("Stopped.");
              runtime.halt(ExitCode.OK.code());
            },
            "shutdown"));
  }
}
