package dev.nameplate.server.setup;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.signing.KeyPurpose;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.server.Core;
import dev.nameplate.server.InvalidSettingsException;
import dev.nameplate.server.KeyCeremony;
import dev.nameplate.server.LiveAuthorities;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.ProfileFiles;
import dev.nameplate.server.ServiceOwners;
import dev.nameplate.server.SettingsFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.function.Consumer;

/// Makes the folder of a new CA.
public final class Initialization {

  private static final String NODE = "main";
  private static final String BY = "init";
  private static final Owner FIRST_ADMIN = new Owner(OwnerKind.ADMIN, "first");
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

  private InitSummary build(Path dir, Ports ports) throws IOException, InvalidSettingsException {
    var random = Nameplate.random();
    var files = new FolderFiles(options, ports, dir);
    files.writeSettings();
    files.writeProfiles(ProfileFiles.defaults());
    var secretsKey = new byte[SECRETS_KEY_BYTES];
    random.nextBytes(secretsKey);
    PrivateFile.write(dir.resolve("secrets.key"), HexFormat.of().formatHex(secretsKey) + "\n");

    var settings = SettingsFile.read(dir);
    Nameplate.createToken(settings);
    progress.accept("made a SoftHSM token of its own");
    var profiles = ProfileFiles.load(settings.profiles());
    try (var core = Nameplate.core(settings)) {
      if (!core.database().issuers().issuers().isEmpty()) {
        throw new IllegalStateException(
            "the database has a CA already; nothing was changed in it. Choose an empty one.");
      }
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
    ocspSigner(core, profiles);
    tls(core, profiles, files, issuing);
    admin(core, profiles, files, issuing);
    publishCrls(core);
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

  private void ocspSigner(Core core, ProfileFiles profiles) {
    Authority authority = core.authorities().withRole(LiveAuthorities.ISSUING);
    var owner = ServiceOwners.ocsp(NODE, authority.id());
    var made = core.vault().generate(KeyPurpose.OCSP, owner.id() + "-1", KeyType.EC_P256);
    var certificate =
        core.own()
            .signedBy(authority)
            .issue(
                owner,
                profiles.get(ProfileFiles.OCSP_SIGNER),
                name("OCSP signer " + NODE),
                made.key(),
                BY);
    core.database()
        .issuers()
        .addOcspSigner(
            new OcspSignerRecord(authority.id(), NODE, certificate, made.location()),
            new AuditEvent.OcspSignerAdded(
                authority.id(), NODE, certificate.serial(), certificate.publicKey().fingerprint()));
    progress.accept("made the OCSP signer, good until " + certificate.notAfter());
  }

  private void tls(Core core, ProfileFiles profiles, FolderFiles files, Certificate issuing)
      throws IOException {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var hosts = hosts();
    var certificate =
        core.own()
            .issueFor(
                hosts,
                ServiceOwners.tls(NODE),
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
    var subject = DistinguishedName.ofCommonName(FIRST_ADMIN.id());
    var certificate =
        core.own().issue(FIRST_ADMIN, profiles.get(ProfileFiles.ADMIN), subject, key, BY);
    files.writeAdmin(key, List.of(certificate, issuing));
    progress.accept("made the first administrator, good until " + certificate.notAfter());
  }

  private static void publishCrls(Core core) {
    var publication =
        new CrlPublication(
            core.database().crls(),
            core.database().certificates(),
            core.clock(),
            CrlSchedule.DEFAULT,
            core.urls(),
            CrlListener.NONE);
    core.authorities().all().forEach(publication::publishIfDue);
  }

  private DistinguishedName name(String title) {
    return DistinguishedName.of(options.organization(), options.organization() + " " + title);
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
