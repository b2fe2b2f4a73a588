package dev.nameplate.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.nameplate.ca.admin.AdminRole;
import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.Granter;
import dev.nameplate.ca.admin.Scope;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.store.GrantOutcome;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.server.RunningServer.Identity;
import dev.nameplate.server.setup.InitOptions;
import dev.nameplate.server.setup.InitSummary;
import dev.nameplate.server.setup.Initialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/// The folder of a server that does not run yet, with owners of every kind who have certificates.
final class AdministratorFolder implements AutoCloseable {

  private static final Granter TEST = new Granter.Founder("test");

  private static final Duration LATER = Duration.ofMinutes(2);

  final Path dir;
  final InitSummary made;
  private final ProfileFiles profiles;
  private final Core core;
  private boolean closed;

  private AdministratorFolder(Path dir, InitSummary made) throws Exception {
    this.dir = dir;
    this.made = made;
    // over when the server starts: whoever has one was an administrator
    Files.writeString(
        dir.resolve("profiles/brief.yaml"),
        Files.readString(dir.resolve("profiles/admin.yaml"))
            .replace("name: admin", "name: brief")
            .replace("validity: 90d", "validity: 1m")
            .replace("backdate: 5m", "backdate: 10s"));
    profiles = ProfileFiles.load(dir.resolve(ProfileFiles.FOLDER));
    core = Nameplate.core(SettingsFile.read(dir));
    core.authorities().refresh();
    profiles.sources().forEach(core::record);
  }

  static AdministratorFolder make() throws Exception {
    var dir = RunningServer.freshFolder();
    return new AdministratorFolder(
        dir, Initialization.run(InitOptions.onFreePorts(dir, "Acme Devices"), _ -> {}));
  }

  /// Whom init made.
  Identity first() throws Exception {
    return new Identity(
        SoftwareKey.fromPem(Files.readString(made.adminKey())),
        Pem.decodeCertificates(Files.readString(made.adminCertificate())));
  }

  /// @param grants as `viewer` or `viewer of group=a`
  Identity administrator(String name, String... grants) throws Exception {
    return administrator(name, "admin", parsed(grants));
  }

  Identity formerAdministrator(String name) throws Exception {
    return administrator(name, "brief", Grant.all());
  }

  Identity administrator(String name, String profile, Set<Grant> grants) throws Exception {
    var identity = owner(OwnerKind.ADMIN, name, profile);
    var admin = new Owner(OwnerKind.ADMIN, name);
    assertThat(core.database().administrators().grant(admin, grants, TEST, core.clock().instant()))
        .isInstanceOf(GrantOutcome.Done.class);
    return identity;
  }

  Identity owner(OwnerKind kind, String name, String profile) throws Exception {
    var key = SoftwareKey.generate(KeyType.EC_P256);
    var certificate =
        core.own()
            .issue(
                new Owner(kind, name),
                profiles.get(profile),
                DistinguishedName.ofCommonName(name),
                key,
                "test");
    var chain = new ArrayList<>(List.of(certificate));
    chain.add(Pem.decodeCertificates(Files.readString(made.trust())).getLast());
    return new Identity(key, chain);
  }

  void retire(String name) {
    core.database()
        .owners()
        .retire(
            new Owner(OwnerKind.ADMIN, name),
            RevocationReason.UNSPECIFIED,
            core.clock().instant(),
            "test");
  }

  void revoke(Identity identity, RevocationReason reason) {
    core.database()
        .certificates()
        .revoke(
            core.authorities().withRole(LiveAuthorities.ISSUING).id(),
            identity.certificate().serial(),
            reason,
            Optional.empty(),
            core.clock().instant(),
            "test");
  }

  /// Starts the server two minutes from now.
  RunningServer start() throws Exception {
    close();
    return RunningServer.in(dir, made, InstantSource.offset(InstantSource.system(), LATER));
  }

  static Set<Grant> parsed(String... grants) {
    return Arrays.stream(grants)
        .map(text -> text.split(" of ", 2))
        .map(parts ->
            new Grant(
                AdminRole.of(parts[0]),
                parts.length == 1 ? Scope.everywhere() : Scope.of(parts[1])))
        .collect(Collectors.toSet());
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      core.close();
    }
  }
}
