package dev.nameplate.cli;

import dev.nameplate.server.Version;
import java.util.LinkedHashMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Mixin;

@Command(
    name = "version",
    description = {
      "Print the version of this command and of its Java.",
      "",
      "Example:",
      "  nameplate version -o json"
    })
final class VersionCommand implements Runnable {

  /// For `nameplate --version`.
  static final class Provider implements IVersionProvider {

    @Override
    public String[] getVersion() {
      return new String[] {"nameplate " + Version.text()};
    }
  }

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  VersionCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    if (output.json(console)) {
      var versions = new LinkedHashMap<String, String>();
      versions.put("nameplate", Version.text());
      versions.put("java", Runtime.version().toString());
      console.printJson(versions);
    } else {
      console.print("nameplate " + Version.text() + " (Java " + Runtime.version() + ")");
    }
  }
}
