package dev.nameplate.cli;

import dev.nameplate.server.admin.AdminApi;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "list",
    description = {
      "List the status nodes, and until when they can sign OCSP answers.",
      "",
      "Example:",
      "  nameplate node list"
    })
final class NodeListCommand implements Runnable {

  @Option(
      names = "--state",
      paramLabel = "STATE",
      description = "Only these: registered, enrolled, active or retired.")
  @Nullable String state;

  @Mixin PageOptions page = new PageOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  NodeListCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    page.print(
        console,
        json,
        query -> {
          query.put("state", state);
          var answer = client.get(AdminApi.Nodes.class, query, "nodes");
          return new PageOptions.Page<>(answer.items(), answer.next());
        },
        NodeListCommand::table);
  }

  private static Table table(List<AdminApi.Node> nodes) {
    var table = Table.of("NODE", "STATE", "SIGNERS", "SIGNS UNTIL", "REGISTERED", "RETIRED");
    for (var node : nodes) {
      table.row(
          node.id(),
          node.state(),
          node.signers().size(),
          signsUntil(node),
          node.registeredAt(),
          node.retiredAt());
    }
    return table;
  }

  private static @Nullable Instant signsUntil(AdminApi.Node node) {
    return node.signers().stream()
        .map(AdminApi.NodeSigner::notAfter)
        .max(Comparator.naturalOrder())
        .orElse(null);
  }
}
