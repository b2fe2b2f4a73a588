package dev.nameplate.cli;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.cli.StatusWatch.Wanted;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.admin.DecommissionApi;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "retire",
    description = {
      "Retire devices for good: revoke all their certificates, make their secrets useless, and refuse"
          + " their names and their keys from now on, each device in one step.",
      "",
      "One device is retired at once. More than one are a plan: it is shown, and asked about; a"
          + " script says --yes --confirm. With --dry-run it is only shown, and nothing is kept of"
          + " it. Large plans need somebody else's approval: then this ends with 7, and the same"
          + " command, or --plan, goes on once it is there. Ends with 6 if some devices were not"
          + " retired.",
      "",
      "A receipt is made once OCSP and the CRL are seen to say so, and somebody has answered for the"
          + " data on the device.",
      "",
      "Retiring it again changes nothing, and waits again if --wait is given.",
      "",
      "Examples:",
      "  nameplate device retire pump-0017 --reason cessationOfOperation --wait ocsp,crl",
      "  nameplate device retire pump-0017 --reason keyCompromise --waive-wipe \"stolen\"",
      "  nameplate device retire --where 'model=GW2' --reason cessationOfOperation --dry-run",
      "  nameplate device retire --file stale.txt --yes --confirm 412 --rate 20/s --results out.jsonl"
    })
final class DeviceRetireCommand implements Runnable {

  @Parameters(arity = "0..*", paramLabel = "DEVICE", description = "Its name.")
  List<DeviceId> devices = List.of();

  @Option(
      names = "--file",
      paramLabel = "FILE",
      description = "Devices, one in each line, or in the first column of a CSV file.")
  @Nullable Path file;

  @Option(
      names = "--where",
      paramLabel = "QUERY",
      description = "The devices that this finds: model=GW2 and site=berlin.")
  @Nullable String where;

  @Option(
      names = "--plan",
      paramLabel = "PLAN",
      description =
          "Go on with this plan; or, with a selection: only if it is this plan still. Its id, or its"
              + " SHA-256.")
  @Nullable String plan;

  @Mixin RetireReason reason = new RetireReason();

  @Option(names = "--note", paramLabel = "TEXT", description = "Why, in your words.")
  @Nullable String note;

  @Mixin WipeOptions wipe = new WipeOptions();

  @Option(names = "--dry-run", description = "Only show what would be done.")
  boolean dryRun;

  @Mixin Confirmation confirmation = new Confirmation();

  @Option(names = "--rate", paramLabel = "N/s", description = "How many a second. Default: 20/s.")
  @Nullable Rate rate;

  @Option(
      names = "--results",
      paramLabel = "FILE",
      description = "Write what became of each device there, as a JSON object in each line.")
  @Nullable Path results;

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
    if (isOne()) {
      one(json, server, devices.getFirst());
    } else {
      var bulk = new BulkRetirement(console, new AdminClient(server), this, json);
      bulk.run();
    }
  }

  /// Without anything that only a plan has.
  private boolean isOne() {
    boolean counted = confirmation.confirm != null || rate != null || results != null;
    boolean named = devices.size() == 1 && file == null && where == null && plan == null;
    return named && !counted && !dryRun;
  }

  private void one(boolean json, Context server, DeviceId device) {
    var client = new AdminClient(server);
    var body = new DecommissionApi.Retire(reason.reason.rfcName(), note, wipe.said().orElse(null));
    var retired = client.post(AdminApi.Retired.class, body, "devices", device.value(), "retire");
    var certificates = retired.already() ? revokedEarlier(client, device) : retired.revoked();
    console.say(
        retired.already()
            ? device + " was retired before, at " + retired.device().retiredAt() + "."
            : "Retired %s. Certificates revoked: %d; reservations abandoned: %d; secrets burned: %d."
                .formatted(
                    device, retired.revoked().size(), retired.abandoned(), retired.burned()));
    var outcome = wait.await(console, server, client, Wanted.REVOKED, certificates);
    var state = state(client, device);
    if (json) {
      var answer = new LinkedHashMap<String, Object>();
      answer.put("device", retired.device());
      answer.put("revoked", certificates);
      answer.put("abandoned", retired.abandoned());
      answer.put("burned", retired.burned());
      answer.put("already", retired.already());
      answer.put("seen", WaitOptions.json(outcome));
      answer.put("missing", WaitOptions.missing(outcome));
      answer.put("retirement", state.orElse(null));
      console.printJson(answer);
    } else {
      console.print(Listing.certificates(certificates));
      wait.print(console, outcome);
    }
    state.ifPresent(known ->
        console.say(
            known.receipt() == null
                ? "Not finished yet: " + known.missing() + "."
                : "Finished: receipt " + known.receipt() + "."));
    WaitOptions.requireComplete(Wanted.REVOKED, outcome);
  }

  /// How far it has come; whoever waits for relying parties waits for the server to have looked,
  /// too.
  private Optional<DecommissionApi.Retirement> state(AdminClient client, DeviceId device) {
    return new RetirementWatch(client, wait.places.isEmpty() ? Duration.ZERO : wait.timeout)
        .await(device);
  }

  private static List<AdminApi.Certificate> revokedEarlier(AdminClient client, DeviceId device) {
    return client
        .get(AdminApi.DeviceDetail.class, "devices", device.value())
        .certificates()
        .stream()
        .filter(certificate -> certificate.revocation() != null)
        .toList();
  }
}
