package dev.nameplate.server.setup;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.UnacceptableKeyException;
import dev.nameplate.server.InvalidSettingsException;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.SettingsFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// Makes the folder of a status node: a token of its own, and what it shows to the issuing node. It
/// gets its OCSP signing keys and their certificates when it starts.
public final class NodeInitialization {

  /// In one file, so that a renewal cannot stop between key and certificate.
  private static final String IDENTITY = "tls/node.pem";

  private static final String TRUST = "trust.pem";

  private final NodeOptions options;

  private NodeInitialization(NodeOptions options) {
    this.options = options;
  }

  /// Makes all of it, or nothing.
  ///
  /// @return the node's name, as its certificate says it
  /// @throws InitException if it cannot be made, with the reason
  public static String run(NodeOptions options) throws InitException {
    return new Workshop(options.dir()).make(new NodeInitialization(options)::build);
  }

  private String build(Path dir) throws IOException, InvalidSettingsException, InitException {
    var key = key(options.identity().resolve("key.pem"));
    var certificate = certificate(options.identity().resolve("cert.pem"));
    if (!certificate.publicKey().equals(key.publicKey())) {
      throw new InitException(options.identity() + " has a certificate of another key");
    }
    var node =
        certificate
            .subject()
            .onlyCommonName()
            .orElseThrow(() -> new InitException(certificate + " does not name a node"));
    Files.createDirectory(dir.resolve("tls"));
    PrivateFile.write(dir.resolve(IDENTITY), key.toPem() + Pem.encode(certificate));
    Files.copy(options.trust(), dir.resolve(TRUST));
    writeSettings(dir, node);
    Nameplate.createToken(SettingsFile.read(dir));
    return node;
  }

  private void writeSettings(Path dir, String node) throws IOException {
    Files.writeString(
        dir.resolve(SettingsFile.NAME),
        """
        # The settings of this Nameplate status node; docs/split.md and docs/settings.md explain them.
        # Check a change with: nameplate config check --dir <this folder>
        # Paths are relative to this file. The server reads it when it starts.

        # The name of this node, as its certificate and the names of its OCSP signers have it.
        node: %1$s

        # It answers for status and does nothing else.
        roles: [status]

        # As it stands in the certificates: the same as the issuing node's.
        public_url: %2$s

        listeners:
          # OCSP, CRLs and the authorities' certificates over plain HTTP, for everybody.
          status: {bind: %3$s, port: %4$d}
          # Metrics and health over plain HTTP: keep it on loopback.
          metrics: {bind: "127.0.0.1", port: %5$d}

        # Its OCSP signing keys live in a SoftHSM token of its own; no key of an authority does.
        token: {label: nameplate, softhsm: token}

        # The issuing node's database, as a user who only reads.
        database: {url: %6$s, user: %7$s, password_file: %8$s}

        # Who certifies its OCSP signing keys, and hears of its alarms; what it shows there is in
        # one file, which it replaces before it expires.
        issuing_node: {admin_url: %9$s, est_url: %10$s, trust: %11$s}
        tls: {key: %12$s, certificate: %12$s}

        # How long OCSP answers hold.
        ocsp: {validity: 12h, max_age: 5m}
        """
            .formatted(
                node,
                FolderFiles.quoted(options.publicUrl()),
                FolderFiles.quoted(options.bind()),
                options.statusPort(),
                options.metricsPort(),
                FolderFiles.quoted(options.database().url()),
                FolderFiles.quoted(options.database().user()),
                FolderFiles.quoted(options.database().passwordFile()),
                FolderFiles.quoted(options.adminUrl()),
                FolderFiles.quoted(options.estUrl()),
                TRUST,
                IDENTITY));
  }

  private static SoftwareKey key(Path file) throws IOException, InitException {
    try {
      return SoftwareKey.fromPem(PrivateFile.read(file));
    } catch (UnacceptableKeyException unusable) {
      throw new InitException(file + ": " + unusable.getMessage(), unusable);
    }
  }

  private static Certificate certificate(Path file) throws IOException, InitException {
    try {
      return Pem.decodeCertificates(Files.readString(file)).getFirst();
    } catch (MalformedCertificateException unusable) {
      throw new InitException(file + ": " + unusable.reason(), unusable);
    }
  }
}
