package dev.nameplate.cli;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.nameplate.ca.testing.Tool;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;

/// An authority that is not Nameplate: OpenSSL makes its certificates, its CRLs and each of its
/// OCSP answers, and it can be told to do wrong. It issued one certificate, `pump.pem`.
final class StrangeAuthority implements AutoCloseable {

  private static final Pattern SERIAL = Pattern.compile("Serial Number: ([0-9A-F]+)");

  private final Path folder;
  private final HttpServer http;
  private final Map<String, String> headers = new HashMap<>();
  private String signer = "ocsp";
  private boolean believesEverything;
  private boolean merging;

  StrangeAuthority(Path folder) throws IOException {
    this.folder = folder;
    this.http = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    http.createContext("/ocsp", this::answer);
    http.createContext("/ca.crl", exchange -> file(exchange, "application/pkix-crl", "ca.crl"));
    http.createContext("/old.crl", exchange -> file(exchange, "application/pkix-crl", "old.crl"));
    http.createContext("/ca.cer", exchange -> file(exchange, "application/pkix-cert", "ca.cer"));
    makeCertificates();
    http.start();
  }

  URI url() {
    return URI.create("http://127.0.0.1:" + http.getAddress().getPort());
  }

  Path certificate() {
    return folder.resolve("pump.pem");
  }

  Path authorities() {
    return folder.resolve("ca.pem");
  }

  /// Answers are signed by the certificate of this name: `ca`, `ocsp` or `pump`.
  StrangeAuthority signsWith(String name) {
    signer = name;
    return this;
  }

  /// Says good to each serial that it is asked about.
  StrangeAuthority believesEverything() {
    believesEverything = true;
    return this;
  }

  /// Behaves like a proxy that merges slashes.
  StrangeAuthority mergesSlashes() {
    merging = true;
    return this;
  }

  /// Sends this header with OCSP answers.
  StrangeAuthority says(String header, String value) {
    headers.put(header, value);
    return this;
  }

  /// Publishes a CRL.
  ///
  /// @param nextUpdate as `openssl ca` wants it: `20300101000000Z`
  StrangeAuthority publishes(boolean listed, String nextUpdate) throws IOException {
    Files.writeString(folder.resolve("crl.txt"), index(listed ? "R" : "V"));
    openssl(
        "ca",
        "-config",
        "ca.cnf",
        "-gencrl",
        "-crl_lastupdate",
        "20200101000000Z",
        "-crl_nextupdate",
        nextUpdate,
        "-out",
        "crl.pem");
    openssl("crl", "-in", "crl.pem", "-outform", "der", "-out", "ca.crl");
    return this;
  }

  StrangeAuthority publishesInstead(String something) throws IOException {
    Files.writeString(folder.resolve("ca.crl"), something);
    return this;
  }

  /// Names a second place for the CRL, at which the one of today stays for ever.
  StrangeAuthority namesAnOldCrl() throws IOException {
    Files.copy(folder.resolve("ca.crl"), folder.resolve("old.crl"));
    issue("pump", "two", "3");
    return this;
  }

  StrangeAuthority revokes() throws IOException {
    Files.writeString(folder.resolve("index.txt"), index("R"));
    return this;
  }

  @Override
  public void close() {
    http.stop(0);
  }

  private void makeCertificates() throws IOException {
    Files.writeString(
        folder.resolve("ca.cnf"),
        """
        [req]
        distinguished_name = dn
        [dn]
        [ca]
        default_ca = self
        [self]
        database = crl.txt
        crlnumber = crlnumber
        certificate = ca.pem
        private_key = ca.key
        default_md = sha256
        crl_extensions = crl
        [crl]
        authorityKeyIdentifier = keyid
        [root]
        basicConstraints = critical,CA:true
        keyUsage = critical,keyCertSign,cRLSign
        subjectKeyIdentifier = hash
        [responder]
        extendedKeyUsage = OCSPSigning
        noCheck = ignored
        [pump]
        authorityInfoAccess = OCSP;URI:%1$s/ocsp,caIssuers;URI:%1$s/ca.cer
        crlDistributionPoints = URI:%1$s/ca.crl
        [two]
        authorityInfoAccess = OCSP;URI:%1$s/ocsp,caIssuers;URI:%1$s/ca.cer
        crlDistributionPoints = URI:%1$s/ca.crl,URI:%1$s/old.crl
        """
            .formatted(url()));
    openssl(
        "req",
        "-x509",
        "-config",
        "ca.cnf",
        "-extensions",
        "root",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=Strange CA",
        "-days",
        "30",
        "-keyout",
        "ca.key",
        "-out",
        "ca.pem");
    openssl("x509", "-in", "ca.pem", "-outform", "der", "-out", "ca.cer");
    issue("ocsp", "responder", "2");
    issue("pump", "pump", "3");
    Files.writeString(folder.resolve("crlnumber"), "01\n");
    Files.writeString(folder.resolve("index.txt"), index("V"));
    publishes(false, "20990101000000Z");
  }

  private void issue(String name, String extensions, String serial) {
    openssl(
        "req",
        "-new",
        "-config",
        "ca.cnf",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-subj",
        "/CN=" + name,
        "-keyout",
        name + ".key",
        "-out",
        name + ".csr");
    openssl(
        "x509",
        "-req",
        "-in",
        name + ".csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca.key",
        "-set_serial",
        serial,
        "-days",
        "20",
        "-extfile",
        "ca.cnf",
        "-extensions",
        extensions,
        "-out",
        name + ".pem");
  }

  private static String index(String state) {
    return "%s\t991231235959Z\t%s\t03\tunknown\t/CN=pump\n"
        .formatted(state, state.equals("R") ? "250101000000Z,keyCompromise" : "");
  }

  private synchronized void answer(HttpExchange exchange) throws IOException {
    try (exchange) {
      var request = exchange.getRequestBody().readAllBytes();
      if (exchange.getRequestMethod().equals("GET")) {
        var path = exchange.getRequestURI().getPath().substring("/ocsp/".length());
        try {
          request = Base64.getDecoder().decode(merging ? path.replace("//", "/") : path);
        } catch (IllegalArgumentException malformed) {
          request = new byte[0];
        }
      }
      var answer = respond(request);
      headers.forEach(exchange.getResponseHeaders()::set);
      exchange.getResponseHeaders().set("Content-Type", "application/ocsp-response");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
    }
  }

  private byte[] respond(byte[] request) throws IOException {
    Files.write(folder.resolve("request.der"), request);
    var text = Tool.OPENSSL.run(folder, "ocsp", "-reqin", "request.der", "-req_text");
    var serial = SERIAL.matcher(text.out());
    if (!serial.find()) {
      // malformedRequest
      return new byte[] {0x30, 0x03, 0x0a, 0x01, 0x01};
    }
    var index = Files.readString(folder.resolve("index.txt"));
    if (believesEverything && !serial.group(1).equals("03")) {
      index += index("V").replace("\t03\t", "\t" + serial.group(1) + "\t").replace("pump", "any");
    }
    Files.writeString(folder.resolve("asked.txt"), index);
    openssl(
        "ocsp",
        "-index",
        "asked.txt",
        "-CA",
        "ca.pem",
        "-rsigner",
        signer + ".pem",
        "-rkey",
        signer + ".key",
        "-reqin",
        "request.der",
        "-respout",
        "answer.der",
        "-ndays",
        "1");
    return Files.readAllBytes(folder.resolve("answer.der"));
  }

  private void file(HttpExchange exchange, String type, String name) {
    try (exchange) {
      var content = Files.readAllBytes(folder.resolve(name));
      exchange.getResponseHeaders().set("Content-Type", type);
      if (exchange.getRequestMethod().equals("HEAD")) {
        exchange.getResponseHeaders().set("Content-Length", Integer.toString(content.length));
        exchange.sendResponseHeaders(200, -1);
        return;
      }
      exchange.sendResponseHeaders(200, content.length);
      exchange.getResponseBody().write(content);
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private void openssl(String... arguments) {
    var _ = Tool.OPENSSL.run(folder, arguments).ok();
  }
}
