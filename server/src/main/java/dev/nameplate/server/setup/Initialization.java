package dev.nameplate.server.setup;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.SubjectAltName;
import dev.nameplate.server.Core;
import dev.nameplate.server.InvalidSettingsException;
import dev.nameplate.server.KeyCeremony;
import dev.nameplate.server.LiveAuthorities;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.ProfileFiles;
import dev.nameplate.server.ServiceOwners;
import dev.nameplate.server.Settings;
import dev.nameplate.server.SettingsFile;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;

/// Makes the folder of a new CA.
public final class Initialization {

  private static final String BY = "init";
  private static final int SECRETS_KEY_BYTES = 32;

  private final InitOptions options;
  private final Consumer<String> progress;

  private Initialization(InitOptions options, Consumer<String> progress) {
    this.options = options;
    this.progress = progress;
  }

  /// Makes all of it, or nothing.
  ///
  /// @param progress hears in words what was just done, for a person who waits
  /// @throws InitException if it cannot be made, with the reason
  public static InitSummary run(InitOptions options, Consumer<String> progress)
      throws InitException {
    var initialization = new Initialization(options, progress);
    return new Workshop(options.dir())
        .make(dir -> initialization.build(dir, Ports.choose(options)));
  }

  /// Makes a folder that has no authority: its root is made elsewhere, at a ceremony. What the
  /// server and its first operator show to others waits there as requests, to be certified when the
  /// authorities are imported.
  ///
  /// @return where the certificates will say that their status is
  /// @throws InitException if it cannot be made, with the reason
  public static URI withoutAuthorities(InitOptions options, Consumer<String> progress)
      throws InitException {
    var initialization = new Initialization(options, progress);
    return new Workshop(options.dir())
        .make(dir -> initialization.buildRequests(dir, Ports.choose(options)));
  }

  private URI buildRequests(Path dir, Ports ports) throws IOException, InvalidSettingsException {
    var files = new FolderFiles(options, ports, dir);
    var settings = furnish(dir, files);
    try (var core = Nameplate.core(settings)) {
      requireEmpty(core);
    }
    var server = SoftwareKey.generate(KeyType.EC_P256);
    var hosts = hosts();
    var names = SubjectAltName.of(hosts);
    files.writeTlsRequest(
        server,
        Csr.sign(
            name(hosts.getFirst()), server.publicKey(), names, server.algorithm(), server::sign));
    progress.accept("made the TLS key, to be certified for " + String.join(", ", hosts));
    var admin = SoftwareKey.generate(KeyType.EC_P256);
    files.writeAdminRequest(
        admin,
        Csr.sign(
            DistinguishedName.ofCommonName(FirstCertificates.FIRST_ADMIN.id()),
            admin.publicKey(),
            admin.algorithm(),
            admin::sign));
    progress.accept("made the first administrator's key, to be certified");
    files.writeContext();
    return ports.publicUrl();
  }

  private static void requireEmpty(Core core) {
    if (!core.database().issuers().issuers().isEmpty()) {
      throw new IllegalStateException(
          "the database has a CA already; nothing was changed in it. Choose an empty one.");
    }
  }

  /// What every server has: settings, profiles, a token and the key of its secrets.
  private Settings furnish(Path dir, FolderFiles files)
      throws IOException, InvalidSettingsException {
    var random = Nameplate.random();
    files.writeSettings();
    files.writeProfiles(ProfileFiles.defaults());
    var secretsKey = new byte[SECRETS_KEY_BYTES];
    random.nextBytes(secretsKey);
    PrivateFile.write(dir.resolve("secrets.key"), HexFormat.of().formatHex(secretsKey) + "\n");

    var settings = SettingsFile.read(dir);
    Nameplate.createToken(settings);
    progress.accept("made a SoftHSM token of its own");
    return settings;
  }

  private InitSummary build(Path dir, Ports ports) throws IOException, InvalidSettingsException {
    var files = new FolderFiles(options, ports, dir);
    var settings = furnish(dir, files);
    var profiles = ProfileFiles.load(settings.profiles());
    try (var core = Nameplate.core(settings)) {
      requireEmpty(core);
      try {
        return fill(core, profiles, files);
      } catch (IOException | RuntimeException failed) {
        if (options.postgresql().isPresent()) {
          throw halfWay(failed);
        }
        throw failed;
      }
    }
  }

  private InitSummary fill(Core core, ProfileFiles profiles, FolderFiles files) throws IOException {
    for (var source : profiles.sources()) {
      core.record(source);
    }
    var ceremony = KeyCeremony.first(core, profiles);
    var root = made(ceremony.root(name("Root CA"), KeyType.EC_P384, BY));
    var issuing =
        made(ceremony.issuing(LiveAuthorities.ISSUING, name("Issuing CA 1"), KeyType.EC_P256, BY));
    files.writeTrust(List.of(root, issuing));
    var first = new FirstCertificates(core, profiles, options.organization(), BY, progress);
    first.ocspSigner();
    first.serviceSigners();
    tls(core, profiles, files, issuing);
    admin(core, profiles, files, issuing);
    first.crls();
    files.writeContext();
    return files.summary(root, issuing);
  }

  /// The folder goes with its keys; what is in a database elsewhere stays.
  private static IllegalStateException halfWay(Exception failed) {
    return new IllegalStateException(
        failed.getMessage()
            + ". The database may have a CA now whose keys are gone: empty it before the next"
            + " attempt (DROP SCHEMA public CASCADE; CREATE SCHEMA public)",
        failed);
  }

  private Certificate made(Certificate authority) {
    progress.accept("made " + authority.subject() + ", good until " + authority.notAfter());
    return authority;
  }

  private void tls(Core core, ProfileFiles profiles, FolderFiles files, Certificate issuing)
      throws IOException {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var hosts = hosts();
    var certificate =
        core.own()
            .issueFor(
                hosts,
                ServiceOwners.tls(FirstCertificates.NODE),
                profiles.get(ProfileFiles.TLS_SERVER),
                name(hosts.getFirst()),
                key,
                BY);
    files.writeTls(key, List.of(certificate, issuing));
    progress.accept("made the TLS certificate for " + String.join(", ", hosts));
  }

  private void admin(Core core, ProfileFiles profiles, FolderFiles files, Certificate issuing)
      throws IOException {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    FirstCertificates.registerFirstAdmin(core, BY);
    var subject = DistinguishedName.ofCommonName(FirstCertificates.FIRST_ADMIN.id());
    var certificate =
        core.own()
            .issue(
                FirstCertificates.FIRST_ADMIN, profiles.get(ProfileFiles.ADMIN), subject, key, BY);
    files.writeAdmin(key, List.of(certificate, issuing));
    progress.accept("made the first administrator, good until " + certificate.notAfter());
  }

  private DistinguishedName name(String title) {
    return FirstCertificates.name(options.organization(), title);
  }

  /// What clients may call the server; those that were asked for first.
  private List<String> hosts() {
    var hosts = new LinkedHashSet<>(options.hosts());
    if (!Ports.isWildcard(options.bind())) {
      hosts.add(options.bind());
    }
    hosts.addAll(List.of("localhost", "127.0.0.1"));
    return List.copyOf(hosts);
  }
}
