package dev.nameplate.server.setup;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.ProfileFiles;
import dev.nameplate.server.SettingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/// The files of a server's folder that people read and clients are given.
final class FolderFiles {

  private static final String TRUST = FirstCertificates.TRUST;
  private static final String CONTEXT = "context.yaml";
  private static final String ADMIN_KEY = "admin/first.key";
  private static final String ADMIN_CERTIFICATE = FirstCertificates.ADMIN_CERTIFICATE;

  private final InitOptions options;
  private final Ports ports;
  private final Path dir;

  FolderFiles(InitOptions options, Ports ports, Path dir) {
    this.options = options;
    this.ports = ports;
    this.dir = dir;
  }

  void writeSettings() throws IOException {
    Files.writeString(
        dir.resolve(SettingsFile.NAME),
        """
        # The settings of this Nameplate server; docs/settings.md explains all of them.
        # Check a change with: nameplate config check --dir <this folder>
        # Paths are relative to this file. The server reads it when it starts.

        # The name of this node: in the audit log, and of its OCSP signing key.
        node: main

        # The status listener as devices and relying parties see it. It goes into certificates:
        # changing it does not change those that exist.
        public_url: %s

        listeners:
          # EST over TLS, for devices.
          est: {bind: "%2$s", port: %3$d}
          # OCSP, CRLs and the authorities' certificates over plain HTTP, for everybody.
          status: {bind: "%2$s", port: %4$d}
          # The admin API over TLS with a client certificate, for operators.
          admin: {bind: "%2$s", port: %5$d}
          # Metrics and health over plain HTTP: keep it on loopback.
          metrics: {bind: "127.0.0.1", port: %6$d}
          # EST over CoAPs, for constrained devices: UDP
          # coap: {bind: "%2$s", port: 5684}

        # The keys of the authorities live in a SoftHSM token of this server's own.
        token: {label: nameplate, softhsm: token}

        # Everything else is remembered here.
        database: %7$s

        # When CRLs are made, and how long OCSP answers hold.
        crl: {validity: 24h, period: 1h, debounce: 15s}
        ocsp: {validity: 12h, max_age: 5m}

        # What certificates look like is in profiles/*.yaml; this one is meant by an EST path
        # without a label.
        est: {default_label: device}
        """
            .formatted(
                ports.publicUrl(),
                ports.bind(),
                ports.est(),
                ports.status(),
                ports.admin(),
                ports.metrics(),
                database()));
    if (options.postgresql().isEmpty()) {
      Files.createDirectory(dir.resolve("data"), PrivateFile.FOLDER);
    }
  }

  private String database() {
    return options
        .postgresql()
        .map(at ->
            "{url: %s, user: %s, password_file: %s}"
                .formatted(quoted(at.url()), quoted(at.user()), quoted(at.passwordFile())))
        .orElse("{file: data/nameplate}");
  }

  /// As YAML writes a text that may hold anything.
  static String quoted(Object text) {
    return "'" + text.toString().replace("'", "''") + "'";
  }

  void writeProfiles(ProfileFiles profiles) throws IOException {
    var folder = Files.createDirectory(dir.resolve(ProfileFiles.FOLDER));
    for (var source : profiles.sources()) {
      Files.writeString(folder.resolve(source.profile().name() + ".yaml"), source.text());
    }
  }

  void writeTrust(List<Certificate> authorities) throws IOException {
    Files.writeString(dir.resolve(TRUST), Pem.encode(authorities));
  }

  void writeTls(SoftwareKey key, List<Certificate> chain) throws IOException {
    var folder = Files.createDirectory(dir.resolve("tls"));
    PrivateFile.write(folder.resolve("server.key"), key.toPem());
    Files.writeString(folder.resolve("server.pem"), Pem.encode(chain));
  }

  void writeTlsRequest(SoftwareKey key, Der request) throws IOException {
    var folder = Files.createDirectory(dir.resolve("tls"));
    PrivateFile.write(folder.resolve("server.key"), key.toPem());
    Files.writeString(folder.resolve("server.csr"), pem(request));
  }

  void writeAdminRequest(SoftwareKey key, Der request) throws IOException {
    Files.createDirectory(dir.resolve("admin"));
    PrivateFile.write(dir.resolve(ADMIN_KEY), key.toPem());
    Files.writeString(dir.resolve(FirstCertificates.ADMIN_REQUEST), pem(request));
  }

  private static String pem(Der request) {
    return Pem.encode("CERTIFICATE REQUEST", request.toByteArray());
  }

  void writeAdmin(SoftwareKey key, List<Certificate> chain) throws IOException {
    Files.createDirectory(dir.resolve("admin"));
    PrivateFile.write(dir.resolve(ADMIN_KEY), key.toPem());
    Files.writeString(dir.resolve(ADMIN_CERTIFICATE), Pem.encode(chain));
  }

  void writeContext() throws IOException {
    PrivateFile.write(
        dir.resolve(CONTEXT),
        """
        # How the nameplate command reaches this server. Paths are relative to this file.
        admin_url: %s
        est_url: %s
        status_url: %s
        metrics_url: %s
        trust: %s
        certificate: %s
        key: %s
        """
            .formatted(
                ports.adminUrl(),
                ports.estUrl(),
                ports.publicUrl(),
                ports.metricsUrl(),
                TRUST,
                ADMIN_CERTIFICATE,
                ADMIN_KEY));
  }

  /// With the folder as the person wrote it: that is what the next command will say, too.
  InitSummary summary(Certificate root, Certificate issuing) {
    var shown = options.dir();
    return new InitSummary(
        shown,
        shown.resolve(SettingsFile.NAME),
        shown.resolve(TRUST),
        shown.resolve(CONTEXT),
        shown.resolve(ADMIN_CERTIFICATE),
        shown.resolve(ADMIN_KEY),
        root.subject().toString(),
        root.sha256(),
        root.notAfter(),
        issuing.subject().toString(),
        issuing.sha256(),
        issuing.notAfter(),
        ports.estUrl(),
        ports.publicUrl(),
        ports.adminUrl(),
        ports.metricsUrl());
  }
}
