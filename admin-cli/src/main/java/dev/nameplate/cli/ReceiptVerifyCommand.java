package dev.nameplate.cli;

import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.cli.ReceiptCheck.NoReceiptException;
import dev.nameplate.cli.ReceiptCheck.Verdict;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "verify",
    description = {
      "Check receipts offline, with nothing but the files and the root certificate: who signed them,"
          + " and every proof in them. No server is asked.",
      "",
      "Ends with 1 if one of them is not to be believed.",
      "",
      "Example:",
      "  nameplate receipt verify pump-0017.1.jws --root root.pem"
    })
final class ReceiptVerifyCommand implements Runnable {

  @Parameters(arity = "1..*", paramLabel = "FILE", description = "The receipts.")
  List<Path> files = List.of();

  @Option(
      names = "--root",
      paramLabel = "FILE",
      required = true,
      description = "The root certificate in PEM, as you got it by a way that you trust.")
  Path root = Path.of("root.pem");

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  ReceiptVerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var roots = roots();
    var now = InstantSource.system().instant();
    var results = new ArrayList<Map<String, Object>>();
    var table = Table.of("RECEIPT", "DEVICE", "MADE", "DECIDED BY", "CERTIFICATES", "VERDICT");
    int bad = 0;
    for (var file : files) {
      var result = new LinkedHashMap<String, Object>();
      result.put("file", file.toString());
      try {
        var verdict = ReceiptCheck.check(Inputs.text(file).strip(), roots, now);
        describe(verdict, result);
        table.row(
            verdict.receipt(),
            verdict.device(),
            verdict.madeAt(),
            verdict.decidedBy(),
            verdict.certificates(),
            verdict.isGood() ? "good" : "BAD");
        bad += verdict.isGood() ? 0 : 1;
        verdict.faults().forEach(fault -> console.say(file + ": " + fault));
      } catch (NoReceiptException no) {
        bad++;
        result.put("good", false);
        result.put("faults", List.of(String.valueOf(no.getMessage())));
        table.row(file, null, null, null, null, "BAD");
        console.say(file + ": " + no.getMessage());
      }
      results.add(result);
    }
    if (json) {
      console.printJson(Map.of("items", results));
    } else {
      console.print(table);
    }
    if (bad > 0) {
      throw CommandFailure.error(bad + " of " + files.size() + " receipts are not to be believed");
    }
  }

  private static void describe(Verdict verdict, Map<String, Object> result) {
    result.put("good", verdict.isGood());
    result.put("receipt", verdict.receipt());
    result.put("device", verdict.device());
    result.put("epoch", verdict.epoch());
    result.put("made_at", verdict.madeAt());
    result.put("decided_by", verdict.decidedBy());
    result.put("certificates", verdict.certificates());
    result.put("signer", verdict.signer());
    result.put("faults", verdict.faults());
  }

  private List<Certificate> roots() {
    try {
      var roots = Pem.decodeCertificates(Inputs.text(root));
      if (roots.isEmpty()) {
        throw CommandFailure.error(root + " has no certificate in it");
      }
      return roots;
    } catch (MalformedCertificateException | IllegalArgumentException malformed) {
      throw CommandFailure.error(root + " is no certificate in PEM").because(malformed);
    }
  }
}
