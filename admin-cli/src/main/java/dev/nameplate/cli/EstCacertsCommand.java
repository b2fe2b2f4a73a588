package dev.nameplate.cli;

import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.cli.est.EstClient;
import dev.nameplate.cli.http.ClientTls;
import dev.nameplate.cli.http.Http;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

@Command(
    name = "cacerts",
    description = {
      "Get the authorities' certificates from the EST server.",
      "",
      "Example:",
      "  nameplate est cacerts --out authorities.pem"
    })
final class EstCacertsCommand implements Runnable {

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Write them to this file in PEM. Without it, they are printed.")
  @Nullable Path out;

  @Mixin EstOptions est = new EstOptions();
  @Mixin OutputOptions output = new OutputOptions();
  @Mixin ContextOptions context = new ContextOptions();
  @Mixin CommonOptions common = new CommonOptions();

  private final Console console;

  EstCacertsCommand(Console console) {
    this.console = console;
  }

  @Override
  public void run() {
    var json = output.json(console);
    var server = est.server(console, context);
    var http = new Http(ClientTls.trusting(server.trusted()), EstEnrollCommand.ONE_REQUEST);
    var authorities =
        new EstExchange(console, server).cacerts(new EstClient(server.url(), est.label(), http));
    try {
      var pem = new StringBuilder();
      for (var each : authorities) {
        pem.append(Pem.encode("CERTIFICATE", each.getEncoded()));
      }
      if (out != null) {
        Files.writeString(out, pem, StandardCharsets.US_ASCII);
      } else if (!json) {
        pem.toString().lines().forEach(console::print);
      }
      describe(authorities, json);
    } catch (IOException failed) {
      throw CommandFailure.error(out + " cannot be written: " + failed.getMessage())
          .because(failed);
    } catch (CertificateEncodingException impossible) {
      throw new IllegalStateException("a certificate that cannot be encoded", impossible);
    }
  }

  private void describe(List<X509Certificate> authorities, boolean json)
      throws CertificateEncodingException {
    var described = new ArrayList<Map<String, Object>>();
    for (var each : authorities) {
      var values = new LinkedHashMap<String, Object>();
      values.put(
          "subject",
          DistinguishedName.parse(each.getSubjectX500Principal().getEncoded()).toString());
      values.put("serial", new SerialNumber(each.getSerialNumber()).hex());
      values.put("not_after", each.getNotAfter().toInstant());
      values.put("sha256", Der.of(each.getEncoded()).sha256Hex());
      if (json && out == null) {
        values.put("pem", Pem.encode("CERTIFICATE", each.getEncoded()));
      }
      described.add(values);
    }
    if (json) {
      console.printJson(Map.of("items", described));
    } else {
      described.forEach(
          each -> console.say(each.get("subject") + ", SHA-256 " + each.get("sha256")));
    }
  }
}
