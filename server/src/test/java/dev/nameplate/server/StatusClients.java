package dev.nameplate.server;

import dev.nameplate.ca.testing.Tool;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.PKIXRevocationChecker;
import java.security.cert.PKIXRevocationChecker.Option;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/// Relying parties that other people wrote. Each looks up one certificate and says what it makes of
/// it. They work in a folder with `root.pem`, `NAME-issuer.pem`, `NAME-bundle.pem` (both),
/// `NAME.crl`, `NAME-crls.pem` (that and the root's) for each issuer, and `*.pem`, `*.key` for each
/// certificate.
final class StatusClients {

  /// What a client makes of a certificate.
  enum Verdict {
    GOOD,
    REVOKED,
    /// It says that it does not know the certificate, and would not let it in.
    UNKNOWN
  }

  /// One of them, one way of asking.
  enum Client {
    OPENSSL_OCSP(true),
    GNUTLS_OCSPTOOL(true),
    JAVA_OCSP(true),
    NSS_VFYCHAIN_OCSP(true),
    NGINX_OCSP(true),
    OPENSSL_CRL(false),
    GNUTLS_CERTTOOL_CRL(false),
    JAVA_CRL(false),
    NSS_VFYCHAIN_CRL(false),
    NSS_CERTUTIL_CRL(false),
    NGINX_CRL(false);

    private final boolean ocsp;

    Client(boolean ocsp) {
      this.ocsp = ocsp;
    }

    boolean asksOcsp() {
      return ocsp;
    }

    /// How it says what it found: NSS lets neither a revoked certificate nor an unknown one in, and
    /// has one word for both.
    Verdict words(Verdict found) {
      return this == NSS_VFYCHAIN_OCSP && found == Verdict.UNKNOWN ? Verdict.REVOKED : found;
    }
  }

  private static final Tool OCSPTOOL = new Tool("ocsptool", "gnutls-bin");
  private static final Tool CERTTOOL = new Tool("certtool", "gnutls-bin");
  private static final Tool CERTUTIL = new Tool("certutil", "libnss3-tools");
  private static final Tool CRLUTIL = new Tool("crlutil", "libnss3-tools");
  private static final Tool VFYCHAIN = new Tool("vfychain", "libnss3-tools");

  private final Path folder;
  private final URI responder;

  StatusClients(Path folder, URI responder) {
    this.folder = folder;
    this.responder = responder;
  }

  /// @param issuer by the name of its files
  /// @param certificate by the name of its files
  Verdict ask(Client client, String issuer, String certificate) throws Exception {
    return switch (client) {
      case OPENSSL_OCSP -> opensslOcsp(issuer, certificate);
      case GNUTLS_OCSPTOOL -> ocsptool(issuer, certificate);
      case JAVA_OCSP -> java(issuer, certificate, Set.of());
      case NSS_VFYCHAIN_OCSP -> vfychain(issuer, certificate, "ocsp");
      case NGINX_OCSP ->
          nginx(issuer, certificate, "ssl_ocsp leaf; ssl_ocsp_responder " + responder + ";");
      case OPENSSL_CRL -> opensslCrl(issuer, certificate);
      case GNUTLS_CERTTOOL_CRL -> certtool(issuer, certificate);
      case JAVA_CRL -> java(issuer, certificate, Set.of(Option.PREFER_CRLS));
      case NSS_VFYCHAIN_CRL -> vfychain(issuer, certificate, "crl");
      case NSS_CERTUTIL_CRL -> certutil(issuer, certificate);
      case NGINX_CRL ->
          nginx(issuer, certificate, "ssl_crl " + folder.resolve(issuer + "-crls.pem") + ";");
    };
  }

  /// Of the reason that openssl prints: `certificateHold`.
  String opensslReason(String issuer, String certificate) {
    return openssl(issuer, certificate)
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith("Reason: "))
        .map(line -> line.substring("Reason: ".length()))
        .findFirst()
        .orElse("none");
  }

  /// Whether GnuTLS takes the CRL itself for one of this issuer.
  boolean certtoolVerifiesCrl(String issuer) {
    var result =
        CERTTOOL.run(
            folder,
            "--verify-crl",
            "--load-ca-certificate",
            issuer + "-issuer.pem",
            "--infile",
            issuer + "-crl.pem");
    return result.exit() == 0 && result.output().contains("The certificate is trusted");
  }

  private Verdict opensslOcsp(String issuer, String certificate) {
    var said = openssl(issuer, certificate);
    return verdict(
        said,
        certificate + ".pem: good",
        certificate + ".pem: revoked",
        certificate + ".pem: unknown");
  }

  private String openssl(String issuer, String certificate) {
    var result =
        Tool.OPENSSL
            .run(
                folder,
                "ocsp",
                "-issuer",
                issuer + "-issuer.pem",
                "-cert",
                certificate + ".pem",
                "-url",
                responder.toString(),
                "-CAfile",
                issuer + "-bundle.pem")
            .ok();
    return require(result, "Response verify OK").output();
  }

  private Verdict ocsptool(String issuer, String certificate) {
    var result =
        OCSPTOOL.run(
            folder,
            "--ask=" + responder,
            "--load-issuer",
            issuer + "-issuer.pem",
            "--load-cert",
            certificate + ".pem",
            "--load-trust",
            issuer + "-bundle.pem");
    return verdict(
        require(result, "Verifying OCSP Response: Success").output(),
        "Certificate Status: good",
        "Certificate Status: revoked",
        "Certificate Status: unknown");
  }

  private Verdict java(String issuer, String certificate, Set<Option> options) throws Exception {
    var validator = CertPathValidator.getInstance("PKIX");
    var checker = (PKIXRevocationChecker) validator.getRevocationChecker();
    var wanted = new HashSet<>(options);
    wanted.addAll(Set.of(Option.NO_FALLBACK, Option.ONLY_END_ENTITY));
    checker.setOptions(wanted);
    var parameters = new PKIXParameters(Set.of(new TrustAnchor(x509("root"), null)));
    parameters.addCertPathChecker(checker);
    var path =
        CertificateFactory.getInstance("X.509")
            .generateCertPath(List.of(x509(certificate), x509(issuer + "-issuer")));
    try {
      validator.validate(path, parameters);
      return Verdict.GOOD;
    } catch (CertPathValidatorException no) {
      if (no.getReason() == BasicReason.REVOKED) {
        return Verdict.REVOKED;
      }
      if (no.getReason() == BasicReason.UNDETERMINED_REVOCATION_STATUS
          && String.valueOf(no.getMessage()).contains("unknown")) {
        return Verdict.UNKNOWN;
      }
      throw no;
    }
  }

  private Verdict vfychain(String issuer, String certificate, String method) {
    var result =
        VFYCHAIN.run(
            folder,
            "-d",
            "sql:" + nssDatabase(issuer),
            "-pp",
            "-u",
            "0",
            "-g",
            "leaf",
            "-h",
            "requireFreshInfo",
            "-m",
            method,
            "-s",
            "failIfNoInfo",
            "-a",
            certificate + ".pem");
    return verdict(
        result.output(), "Chain is good!", "Certificate has been revoked", "never: it has no word");
  }

  private Verdict certutil(String issuer, String certificate) {
    var database = "sql:" + nssDatabase(issuer);
    var _ = CRLUTIL.run(folder, "-I", "-d", database, "-i", issuer + ".crl").ok();
    var _ = CRLUTIL.run(folder, "-I", "-d", database, "-i", "root.crl").ok();
    var _ =
        CERTUTIL
            .run(
                folder,
                "-A",
                "-d",
                database,
                "-n",
                certificate,
                "-t",
                ",,",
                "-a",
                "-i",
                certificate + ".pem")
            .ok();
    var result = CERTUTIL.run(folder, "-V", "-d", database, "-n", certificate, "-u", "C");
    return verdict(
        result.output(),
        "certificate is valid",
        "Certificate has been revoked",
        "never: a list cannot say it");
  }

  /// A fresh one: NSS remembers what it saw.
  private Path nssDatabase(String issuer) {
    try {
      var database = Files.createTempDirectory(folder, "nss");
      var at = "sql:" + database;
      var _ = CERTUTIL.run(folder, "-N", "-d", at, "--empty-password").ok();
      var _ =
          CERTUTIL
              .run(folder, "-A", "-d", at, "-n", "root", "-t", "CT,C,C", "-a", "-i", "root.pem")
              .ok();
      var _ =
          CERTUTIL
              .run(
                  folder,
                  "-A",
                  "-d",
                  at,
                  "-n",
                  "issuer",
                  "-t",
                  ",,",
                  "-a",
                  "-i",
                  issuer + "-issuer.pem")
              .ok();
      return database;
    } catch (IOException broken) {
      throw new UncheckedIOException(broken);
    }
  }

  private Verdict opensslCrl(String issuer, String certificate) {
    var result =
        Tool.OPENSSL.run(
            folder,
            "verify",
            "-x509_strict",
            "-crl_check_all",
            "-no-CApath",
            "-no-CAstore",
            "-CRLfile",
            issuer + "-crls.pem",
            "-CAfile",
            "root.pem",
            "-untrusted",
            issuer + "-issuer.pem",
            certificate + ".pem");
    return verdict(
        result.output(),
        certificate + ".pem: OK",
        "certificate revoked",
        "never: a list cannot say it");
  }

  private Verdict certtool(String issuer, String certificate) throws IOException {
    Files.writeString(
        folder.resolve("path.pem"),
        Files.readString(folder.resolve(certificate + ".pem"))
            + Files.readString(folder.resolve(issuer + "-issuer.pem")));
    var result =
        CERTTOOL.run(
            folder,
            "--verify",
            "--verify-profile",
            "medium",
            "--load-ca-certificate",
            "root.pem",
            "--load-crl",
            issuer + "-crls.pem",
            "--infile",
            "path.pem");
    return verdict(
        require(result, "Checked against CRL").output(),
        "Chain verification output: Verified.",
        "chain is revoked",
        "never: a list cannot say it");
  }

  /// A TLS server that lets in whoever has a certificate, as its configuration checks it.
  private Verdict nginx(String issuer, String certificate, String check) throws Exception {
    try (var nginx = Nginx.start(folder, folder.resolve(issuer + "-bundle.pem"), check)) {
      var result =
          Tool.CURL.run(
              folder,
              "--silent",
              "--insecure",
              "--cert",
              certificate + ".pem",
              "--key",
              certificate + ".key",
              nginx.url().toString());
      return verdict(
          result.output(), "SUCCESS", "certificate revoked", "certificate status unknown");
    }
  }

  private static Verdict verdict(String said, String good, String revoked, String unknown) {
    if (said.contains(revoked)) {
      return Verdict.REVOKED;
    }
    if (said.contains(good)) {
      return Verdict.GOOD;
    }
    if (said.contains(unknown)) {
      return Verdict.UNKNOWN;
    }
    throw new AssertionError("not a verdict:\n" + said);
  }

  private static Tool.Result require(Tool.Result result, String words) {
    if (!result.output().contains(words)) {
      throw new AssertionError(
          "without '" + words + "': exit " + result.exit() + "\n" + result.output());
    }
    return result;
  }

  private X509Certificate x509(String name) throws IOException, GeneralSecurityException {
    return (X509Certificate)
        CertificateFactory.getInstance("X.509")
            .generateCertificate(
                new ByteArrayInputStream(Files.readAllBytes(folder.resolve(name + ".pem"))));
  }
}
