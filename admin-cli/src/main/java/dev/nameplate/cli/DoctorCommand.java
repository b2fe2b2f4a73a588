package dev.nameplate.cli;

import dev.nameplate.cli.doctor.Doctor;
import dev.nameplate.cli.doctor.EstCheckup;
import dev.nameplate.cli.doctor.Finding;
import dev.nameplate.cli.doctor.Grade;
import dev.nameplate.cli.http.ClientTls;
import dev.nameplate.cli.http.Http;
import dev.nameplate.cli.status.StatusPointers;
import java.net.URI;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "doctor",
    description = {
      "Look at a deployment from outside, and name what is wrong with it.",
      "",
      "Looks as relying parties do at OCSP, CRLs, the authorities' certificates and EST, at the"
          + " URLs that certificates name. It may be anybody's deployment; nothing in it is changed."
          + " Each fault is named, with what to do about it.",
      "",
      "It asks OCSP once for a serial that was never issued. Nameplate counts that, and says so in"
          + " its log and its audit: nobody but a doctor or a forger asks.",
      "",
      "Ends with 0 if all is well, 10 if something could be better, 11 with warnings, 12 with"
          + " faults.",
      "",
      "Examples:",
      "  nameplate doctor --dir np",
      "  nameplate doctor --certificate pump.pem --ca-file root.pem",
      "  nameplate doctor --public http://10.0.0.7:8080 --certificate pump.pem -o json"
    })
final class DoctorCommand implements Callable<Integer> {

  private static final Duration ONE_REQUEST = Duration.ofSeconds(10);

  @Option(
      names = "--public",
      paramLabel = "URL",
      description =
          "Look at this scheme, host and port instead of those in the certificates: past a cache,"
              + " or from where their names are not known.")
  @Nullable URI base;

  @Option(
      names = "--certificate",
      paramLabel = "FILE",
      description =
          "A certificate to look up, in PEM; its issuers may follow. May be given several times."
              + " Without it: the operator's of the context, and the authorities'.")
  List<Path> certificates = List.of();

  @Option(
      names = "--ca-file",
      paramLabel = "FILE",
      description =
          "The authorities, in PEM. Without it: the context's, or those that certificates lead to.")
  @Nullable Path authorities;

  @Option(
      names = "--est",
      paramLabel = "URL",
      description = "Look at this EST server, too. Without it: at the context's, if there is one.")
  @Nullable URI est;

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  DoctorCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    var json = output.json(console);
    // who names what to look at looks at that, and not at the folder that happens to be here
    var server =
        certificates.isEmpty() || context.isGiven()
            ? context.find(console)
            : Optional.<Context>empty();
    var known = authorities(server);
    var asked = certificates(server, known);
    var clock = InstantSource.system();
    var doctor = new Doctor(new Http(ONE_REQUEST), clock, new SecureRandom(), this::asked);
    var findings = new ArrayList<>(doctor.examine(asked, known));
    var estUrl = Optional.ofNullable(est).or(() -> server.map(Context::estUrl));
    if (estUrl.isPresent()) {
      var http = new Http(ClientTls.trusting(known), ONE_REQUEST);
      findings.addAll(new EstCheckup(http, clock).run(EstOptions.checked(estUrl.get()), known));
    }
    var worst = findings.stream().map(Finding::grade).max(Comparator.naturalOrder());
    if (json) {
      console.printJson(json(findings, worst.orElse(Grade.OK)));
    } else {
      print(findings);
    }
    return exitCode(worst.orElse(Grade.OK)).code();
  }

  private URI asked(URI url) {
    return base == null ? url : StatusPointers.at(PublicUrl.checked(base), url);
  }

  private List<X509Certificate> authorities(Optional<Context> server) {
    var known = new LinkedHashSet<X509Certificate>();
    if (authorities != null) {
      known.addAll(Inputs.certificates(authorities));
    } else {
      server.ifPresent(context -> known.addAll(context.anchors()));
    }
    for (var file : certificates) {
      var chain = Inputs.certificates(file);
      known.addAll(chain.subList(1, chain.size()));
    }
    return List.copyOf(known);
  }

  /// Authorities, too, are looked up, except those that signed themselves.
  private List<X509Certificate> certificates(
      Optional<Context> server, List<X509Certificate> known) {
    var asked = new LinkedHashSet<X509Certificate>();
    certificates.forEach(file -> asked.add(Inputs.certificates(file).getFirst()));
    if (certificates.isEmpty()) {
      server.ifPresent(found -> asked.add(Inputs.certificates(found.certificate()).getFirst()));
    }
    known.stream()
        .filter(each -> !each.getSubjectX500Principal().equals(each.getIssuerX500Principal()))
        .forEach(asked::add);
    if (asked.isEmpty()) {
      throw CommandFailure.of(ExitCode.USAGE, "which certificates shall be looked up?")
          .next(
              "Give --certificate FILE, a --ca-file with an issuing authority in it, or the folder"
                  + " that `nameplate init` made: --dir np.");
    }
    return List.copyOf(asked);
  }

  private void print(List<Finding> findings) {
    var table = Table.of("RESULT", "CHECK", "WHERE", "FOUND");
    findings.forEach(each -> table.row(each.grade(), each.check(), each.where(), each.says()));
    console.print(table);
    for (var each : findings) {
      if (each.grade() != Grade.OK) {
        console.print("");
        console.print(each.grade() + " " + each.check() + ": " + each.says() + ".");
        console.print("  " + each.next());
      }
    }
    console.say(
        "%d checks: %d fail, %d warn, %d note."
            .formatted(
                findings.size(),
                count(findings, Grade.FAIL),
                count(findings, Grade.WARN),
                count(findings, Grade.NOTE)));
  }

  private static long count(List<Finding> findings, Grade grade) {
    return findings.stream().filter(each -> each.grade() == grade).count();
  }

  private static Map<String, Object> json(List<Finding> findings, Grade worst) {
    var items = new ArrayList<Map<String, Object>>();
    for (var each : findings) {
      var item = new LinkedHashMap<String, Object>();
      item.put("check", each.check());
      item.put("result", each.grade().word());
      item.put("where", each.where());
      item.put("found", each.says());
      if (!each.next().isEmpty()) {
        item.put("next", each.next());
      }
      items.add(item);
    }
    var json = new LinkedHashMap<String, Object>();
    json.put("result", worst.word());
    json.put("items", items);
    return json;
  }

  private static ExitCode exitCode(Grade worst) {
    return switch (worst) {
      case OK -> ExitCode.OK;
      case NOTE -> ExitCode.NOTES;
      case WARN -> ExitCode.WARNINGS;
      case FAIL -> ExitCode.FAULTS;
    };
  }
}
