package dev.nameplate.server.tls;

import dev.nameplate.ca.testing.Tool;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Python's `ssl` as a client.
final class Python {

  private static final Tool PYTHON = new Tool("python3", "python3");
  private static final Path SCRIPT =
      Path.of("src/test/resources/dev/nameplate/server/tls/tls-client.py").toAbsolutePath();

  private Python() {}

  /// What `tls-client.py` printed about its two connections.
  static String client(EchoServer server, String... arguments) {
    var all = new ArrayList<String>();
    all.add(SCRIPT.toString());
    all.add(Integer.toString(server.port()));
    all.addAll(List.of(arguments));
    return PYTHON.run(server.dir, all.toArray(String[]::new)).ok().out();
  }
}
