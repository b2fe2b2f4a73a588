package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.cli.StatusWatch.Wanted;
import dev.nameplate.server.admin.AdminApi;
import java.util.LinkedHashMap;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

@Command(
    name = "retire",
    description = {
      "Retire a device for good: revoke all its certificates, make its secrets useless, and refuse"
          + " its name and its keys from now on, all in one step.",
      "",
      "Retiring it again changes nothing, and waits again if --wait is given.",
      "",
      "Examples:",
      "  nameplate device retire pump-0017 --reason cessationOfOperation --wait ocsp,crl",
      "  nameplate device retire pump-0017 --reason keyCompromise"
    })
final class DeviceRetireCommand implements Runnable {

  @Parameters(paramLabel = "DEVICE", description = "Its name.")
  DeviceId device = new DeviceId("none");

  @Mixin RetireReason reason = new RetireReason();
  @Mixin WaitOptions wait = new WaitOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DeviceRetireCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var server = context.required(console);
    var client = new AdminClient(server);
    var retired =
        client.post(AdminApi.Retired.class, reason.body(), "devices", device.value(), "retire");
    var certificates = retired.already() ? revokedEarlier(client) : retired.revoked();
    console.say(
        retired.already()
            ? device + " was retired before, at " + retired.device().retiredAt() + "."
            : "Retired %s. Certificates revoked: %d; reservations abandoned: %d; secrets burned: %d."
                .formatted(
                    device, retired.revoked().size(), retired.abandoned(), retired.burned()));
    var outcome = wait.await(console, server, client, Wanted.REVOKED, certificates);
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("device", retired.device());
      answer.put("revoked", certificates);
      answer.put("abandoned", retired.abandoned());
      answer.put("burned", retired.burned());
      answer.put("already", retired.already());
      answer.put("seen", WaitOptions.json(outcome));
      answer.put("missing", WaitOptions.missing(outcome));
      console.printJson(answer);
    } else {
      console.print(Listing.certificates(certificates));
      wait.print(console, outcome);
    }
    WaitOptions.requireComplete(Wanted.REVOKED, outcome);
  }

  private List<AdminApi.Certificate> revokedEarlier(AdminClient client) {
    return client
        .get(AdminApi.DeviceDetail.class, "devices", device.value())
        .certificates()
        .stream()
        .filter(certificate -> certificate.revocation() != null)
        .toList();
  }
}
