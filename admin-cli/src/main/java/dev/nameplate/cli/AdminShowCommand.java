package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.server.admin.AdministratorApi;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "show",
    description = {
      "Show an administrator, what they may do, and their certificates.",
      "",
      "Example:",
      "  nameplate admin show bob"
    })
final class AdminShowCommand implements Runnable {

  @Parameters(paramLabel = "NAME", description = "Their name.")
  DeviceId admin = new DeviceId("none");

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AdminShowCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var client = new AdminClient(context.required(console));
    var shown =
        client.get(AdministratorApi.AdministratorDetail.class, "administrators", admin.value());
    if (json) {
      console.printJson(shown);
      return;
    }
    var administrator = shown.administrator();
    var table = Table.pairs();
    table.row("administrator", administrator.id());
    table.row("state", administrator.state());
    table.row("registered", administrator.registeredAt());
    table.row("retired", administrator.retiredAt());
    table.row("certified until", administrator.certifiedUntil());
    for (var grant : administrator.grants()) {
      table.row("may", AdminListing.words(grant));
    }
    for (var certificate : shown.certificates()) {
      table.row("certificate", certificate.serial() + " until " + certificate.notAfter());
    }
    console.print(table);
  }
}
