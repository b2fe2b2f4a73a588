package dev.nameplate.cli;

import dev.nameplate.ca.audit.AuditVerdict;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.admin.AdminApi;
import dev.nameplate.server.audit.AuditArchive;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

@Command(
    name = "verify",
    description = {
      "Check the whole audit log: every row's hash, that none is missing, moved or added, and that all"
          + " of it is what the checkpoints sign. Ends with 1, and names the row or the checkpoint,"
          + " if it is not.",
      "",
      "With a file that `nameplate audit export` wrote, nothing is asked of a server. Checkpoints that"
          + " were exported show whether the end of the log was cut off, or all of it put back.",
      "",
      "Examples:",
      "  nameplate audit verify",
      "  nameplate audit verify audit.ndjson --trust root.pem --checkpoints checkpoints.jsonl"
    })
final class AuditVerifyCommand implements Runnable {

  @Parameters(
      paramLabel = "FILE",
      arity = "0..1",
      description = "What `nameplate audit export` wrote. Without it the server checks.")
  @Nullable Path file;

  @Option(
      names = "--trust",
      paramLabel = "FILE",
      description = "The root below which the checkpoints must be signed (PEM). With a file.")
  @Nullable Path trust;

  @Option(
      names = "--checkpoints",
      paramLabel = "FILE",
      description =
          "Checkpoints that were exported: checkpoints.jsonl, or what a syslog receiver wrote. May be"
              + " given more than once. With a file.")
  List<Path> checkpoints = List.of();

  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  AuditVerifyCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var verdict = file == null ? byTheServer() : here(file);
    if (json) {
      console.printJson(verdict);
    } else if (verdict.intact()) {
      console.print(
          "intact: %d rows, chains: %d, checkpoints: %s, signed until: %s"
              .formatted(
                  verdict.rows(),
                  verdict.chains(),
                  verdict.checkpoints(),
                  verdict.provenUntil() == null ? "never" : verdict.provenUntil()));
    } else {
      console.print(broken(verdict));
    }
    if (!verdict.intact()) {
      throw CommandFailure.error("the audit log was changed: " + verdict.what())
          .next("Keep the database as it is, and compare it with your backups.");
    }
  }

  private static Table broken(AdminApi.AuditVerdict verdict) {
    var table = Table.pairs().row("intact", "no");
    if (verdict.checkpoint() != null) {
      table.row("checkpoint", verdict.checkpoint());
    } else {
      table.row("chain", verdict.chain()).row("row", verdict.sequence());
    }
    return table.row("found", verdict.what());
  }

  private AdminApi.AuditVerdict byTheServer() {
    if (trust != null || !checkpoints.isEmpty()) {
      throw CommandFailure.of(
          ExitCode.USAGE, "--trust and --checkpoints belong to a file; the server has its own");
    }
    var client = new AdminClient(context.required(console));
    return client.post(AdminApi.AuditVerdict.class, Map.of(), "audit", "verify");
  }

  private AdminApi.AuditVerdict here(Path archive) {
    if (trust == null) {
      throw CommandFailure.of(
          ExitCode.USAGE, "--trust: whom do you believe? Name the root's PEM file");
    }
    try {
      var found = AuditArchive.verify(archive, roots(trust), checkpoints);
      var until = found.provenUntil().orElse(null);
      return switch (found.verdict()) {
        case AuditVerdict.Intact(var rows, var chains) ->
            new AdminApi.AuditVerdict(
                true, rows, chains, null, null, null, null, found.checkpoints(), until);
        case AuditVerdict.Broken(var chain, var sequence, var what) ->
            new AdminApi.AuditVerdict(
                false, null, null, chain, sequence, what, null, found.checkpoints(), until);
        case AuditVerdict.BadCheckpoint(var number, var what) ->
            new AdminApi.AuditVerdict(
                false, null, null, null, null, what, number, found.checkpoints(), until);
      };
    } catch (IOException unreadable) {
      throw Inputs.unreadable(archive, unreadable);
    }
  }

  /// Those that signed themselves: trust.pem has the issuing authority, too.
  private static List<Certificate> roots(Path pem) {
    try {
      var roots =
          Pem.decodeCertificates(Inputs.text(pem)).stream()
              .filter(certificate -> certificate.subject().equals(certificate.issuer()))
              .toList();
      if (roots.isEmpty()) {
        throw CommandFailure.error(pem + " has no root's certificate");
      }
      return roots;
    } catch (MalformedCertificateException | IllegalArgumentException malformed) {
      throw CommandFailure.error(pem + " is no file of certificates in PEM").because(malformed);
    }
  }
}
