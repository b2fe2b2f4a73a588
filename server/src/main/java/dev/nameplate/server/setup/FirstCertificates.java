package dev.nameplate.server.setup;

import dev.nameplate.ca.admin.Grant;
import dev.nameplate.ca.admin.Granter;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.revocation.CrlListener;
import dev.nameplate.ca.revocation.CrlPublication;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.signing.KeyPurpose;
import dev.nameplate.ca.signing.OfflineKey;
import dev.nameplate.ca.store.GrantOutcome;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.Core;
import dev.nameplate.server.LiveAuthorities;
import dev.nameplate.server.ProfileFiles;
import dev.nameplate.server.ServiceOwners;
import dev.nameplate.server.ServiceSigners;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;

/// What a server needs beside its authorities before it can start: an OCSP signer, CRLs, and the
/// certificates of those whose requests wait in its folder.
public final class FirstCertificates {

  /// What clients are given.
  public static final String TRUST = "trust.pem";

  static final String NODE = "main";
  static final Owner FIRST_ADMIN = new Owner(OwnerKind.ADMIN, "first");
  static final String ADMIN_CERTIFICATE = "admin/first.pem";
  static final String ADMIN_REQUEST = "admin/first.csr";

  private static final String TLS_CERTIFICATE = "tls/server.pem";
  private static final String TLS_REQUEST = "tls/server.csr";

  private final Core core;
  private final ProfileFiles profiles;
  private final String organization;
  private final String by;
  private final Consumer<String> progress;

  /// @param organization goes into names
  /// @param by who asks for it: `init`
  /// @param progress hears in words what was just done
  public FirstCertificates(
      Core core, ProfileFiles profiles, String organization, String by, Consumer<String> progress) {
    this.core = core;
    this.profiles = profiles;
    this.organization = organization;
    this.by = by;
    this.progress = progress;
  }

  static DistinguishedName name(String organization, String title) {
    return DistinguishedName.of(organization, organization + " " + title);
  }

  /// Registers the first administrator, who may do everything: there is nobody yet to share it
  /// with.
  static void registerFirstAdmin(Core core, String by) {
    core.own().register(FIRST_ADMIN, ProfileFiles.ADMIN);
    var outcome =
        core.database()
            .administrators()
            .grant(FIRST_ADMIN, Grant.all(), new Granter.Founder(by), core.clock().instant());
    if (!(outcome instanceof GrantOutcome.Done)) {
      throw new IllegalStateException("the first administrator is given no roles: " + outcome);
    }
  }

  /// The request for the server's TLS certificate that waits in the folder.
  ///
  /// @throws IOException if there is none, or it cannot be used
  public static Csr tlsRequest(Path dir) throws IOException {
    return request(dir.resolve(TLS_REQUEST));
  }

  /// Makes the signer of the authority that signs now, unless it has one.
  public void ocspSigner() {
    Authority authority = core.authorities().withRole(LiveAuthorities.ISSUING);
    if (core.database().issuers().ocspSigners().stream()
        .anyMatch(signer -> signer.issuer().equals(authority.id()))) {
      return;
    }
    var owner = ServiceOwners.ocsp(NODE, authority.id());
    var made =
        core.vault()
            .generate(KeyPurpose.OCSP, owner.id() + "-" + core.clock().millis(), KeyType.EC_P256);
    var certificate =
        core.own()
            .signedBy(authority)
            .issue(
                owner,
                profiles.get(ProfileFiles.OCSP_SIGNER),
                name(organization, "OCSP signer " + NODE),
                made.key(),
                by);
    core.database()
        .issuers()
        .addOcspSigner(
            new OcspSignerRecord(authority.id(), NODE, certificate, made.location()),
            new AuditEvent.OcspSignerAdded(
                authority.id(), NODE, certificate.serial(), certificate.publicKey().fingerprint()));
    progress.accept("made the OCSP signer, good until " + certificate.notAfter());
  }

  /// Makes what the server signs documents with, where it has nothing yet.
  public void serviceSigners() {
    var _ = ServiceSigners.first(core, profiles, NODE).run(core.clock().instant());
    progress.accept("made the keys that sign checkpoints of the audit log, and receipts");
  }

  /// Certifies those that wait and have no certificate yet.
  ///
  /// @param issuing what they send behind their own certificate
  public void waiting(Path dir, Certificate issuing) throws IOException {
    certify(
        dir,
        TLS_REQUEST,
        TLS_CERTIFICATE,
        ServiceOwners.tls(NODE),
        ProfileFiles.TLS_SERVER,
        issuing);
    if (Files.exists(dir.resolve(ADMIN_REQUEST))) {
      registerFirstAdmin(core, by);
    }
    certify(dir, ADMIN_REQUEST, ADMIN_CERTIFICATE, FIRST_ADMIN, ProfileFiles.ADMIN, issuing);
  }

  /// Publishes the first CRLs of those whose keys are here.
  public void crls() {
    var publication =
        new CrlPublication(
            core.database().crls(),
            core.database().certificates(),
            core.clock(),
            CrlSchedule.DEFAULT,
            core.urls(),
            CrlListener.NONE);
    core.authorities().all().stream()
        .filter(authority -> !(authority.key() instanceof OfflineKey))
        .forEach(publication::publishIfDue);
  }

  private void certify(
      Path dir,
      String request,
      String certificate,
      Owner owner,
      String profile,
      Certificate issuing)
      throws IOException {
    var file = dir.resolve(certificate);
    if (Files.exists(file) || !Files.exists(dir.resolve(request))) {
      return;
    }
    var made = core.own().issue(owner, profiles.get(profile), request(dir.resolve(request)), by);
    var unfinished = file.resolveSibling(file.getFileName() + ".new");
    Files.writeString(unfinished, Pem.encode(List.of(made, issuing)));
    Files.move(unfinished, file);
    Files.delete(dir.resolve(request));
    progress.accept("made " + certificate + ", good until " + made.notAfter());
  }

  private static Csr request(Path file) throws IOException {
    var blocks = Pem.blocks(Files.readString(file), "CERTIFICATE REQUEST");
    if (blocks.size() != 1) {
      throw new IOException(file + " has " + blocks.size() + " requests instead of one");
    }
    try {
      return Csr.parse(blocks.getFirst());
    } catch (MalformedCsrException unusable) {
      throw new IOException(file + ": " + unusable.getMessage(), unusable);
    }
  }
}
