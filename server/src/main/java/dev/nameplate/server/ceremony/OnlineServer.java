package dev.nameplate.server.ceremony;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.CertificateImport;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.revocation.CrlImport;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SigningException;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.server.Core;
import dev.nameplate.server.FolderLock;
import dev.nameplate.server.InvalidSettingsException;
import dev.nameplate.server.KeyCeremony;
import dev.nameplate.server.LiveAuthorities;
import dev.nameplate.server.Nameplate;
import dev.nameplate.server.NotIssuedException;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.ProfileFiles;
import dev.nameplate.server.SettingsFile;
import dev.nameplate.server.setup.FirstCertificates;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Optional;
import java.util.function.Consumer;

/// The server's side of a ceremony, in its folder and with its own token, while it does not run. It
/// never sees the root's token: what the root signed comes in files, and is believed only after it
/// was compared with what people carried here on paper.
public final class OnlineServer {

  /// The request that was written.
  public record Requested(Csr request, SignedTranscript transcript) {}

  /// What is served from now on.
  public record Imported(
      Certificate root, Certificate issuing, Crl crl, SignedTranscript transcript) {}

  /// What comes from the root, in files.
  ///
  /// @param root its certificate
  /// @param issuing the certificate that it made for a key here
  /// @param crl its newest CRL
  /// @param fingerprint the SHA-256 of the root's certificate, as people carried it here on paper
  public record FromTheRoot(Path root, Path issuing, Path crl, String fingerprint) {}

  /// Where the key of an offline root is said to be: in no token here, and not looked for in any.
  public static final String OFFLINE = "(offline)";

  private static final String FOLDER = "ceremony";
  private static final int NONCE_BYTES = 32;

  private final Path dir;
  private final People people;
  private final Consumer<String> progress;

  public OnlineServer(Path dir, People people, Consumer<String> progress) {
    this.dir = dir;
    this.people = people;
    this.progress = progress;
  }

  @FunctionalInterface
  private interface Work<T> {
    T with(Core core, ProfileFiles profiles) throws CeremonyException, IOException;
  }

  /// Makes a key for an issuing authority in the server's token, and the request for its
  /// certificate. Asked for again, it writes a request for the same key.
  ///
  /// @param out the new file with the request, in PEM
  public Requested request(String role, DistinguishedName name, KeyType type, Path out)
      throws CeremonyException {
    NewFile.requireFree(out);
    return opened((core, profiles) -> {
      var by = "ceremony, with " + people.asOne();
      var transcript = new Transcript("issuing request", people, core.clock(), progress);
      var request = KeyCeremony.first(core, profiles).request(role, name, type, by);
      var record = record(core, IssuerId.of(request.publicKey())).orElseThrow();
      var location = record.keys().getFirst();
      transcript.step("a key for the authority \"" + role + "\" is in the server's token");
      transcript.fact("  token", location.token());
      transcript.fact("  CKA_LABEL", location.label());
      transcript.fact("  CKA_ID", location.id());
      transcript.fact("  type", type.text());
      transcript.fact("  name", name.toString());
      transcript.fact("  SHA-256 of its key", request.publicKey().fingerprint().hex());
      var nonce = new byte[NONCE_BYTES];
      core.random().nextBytes(nonce);
      var now = core.clock().instant();
      var evidence =
          folder().resolve("evidence-" + HexFormat.of().formatHex(nonce, 0, 8) + ".json");
      transcript.evidence(
          core.vault().evidence(location, nonce, now), evidence.getFileName(), evidence);
      NewFile.write(out, Pem.encode("CERTIFICATE REQUEST", request.der().toByteArray()));
      transcript.step("it signed the request for its certificate");
      transcript.file(out, out);
      return new Requested(request, transcript.sign(core.vault().find(location), folder()));
    });
  }

  /// Takes over what the root signed, after checking all of it; from then on the server issues
  /// under this hierarchy. What was broken off goes on where it was when it is asked for again.
  public Imported bring(FromTheRoot files) throws CeremonyException {
    var root = RootWork.certificate(files.root());
    var issuing = RootWork.certificate(files.issuing());
    var crl = RootWork.crl(files.crl());
    return opened((core, profiles) -> {
      var by = "ceremony, with " + people.asOne();
      var transcript = new Transcript("import", people, core.clock(), progress);
      var checks = new HierarchyChecks(root, issuing, crl, core.clock().instant());
      checks.all(files.fingerprint(), core.urls());
      requireNoOtherRoot(core, root);
      var record = ours(core, issuing);
      if (Files.exists(dir.resolve("tls/server.csr"))) {
        checks.names(FirstCertificates.tlsRequest(dir));
      }
      var key = probed(core, record, issuing);
      transcript.step("checked the chain, its limits, the CRL, and that the key is here");
      transcript.certificate("root", root);
      transcript.certificate("issuing", issuing);
      transcript.fact("  key in token", record.keys().getFirst().token());
      transcript.crl(crl);

      remember(core, profiles, root, by);
      rememberIssuing(core, profiles, record, root, issuing, by);
      publish(core, crl, root, by);
      transcript.step("remembered both, and published the root's CRL");
      activate(core, root, LiveAuthorities.ROOT, by);
      activate(core, issuing, record.role(), by);
      core.authorities().refresh();
      transcript.step("the authority \"" + record.role() + "\" signs from now on");

      var first =
          new FirstCertificates(
              core,
              profiles,
              root.subject().organization().orElse("Nameplate"),
              by,
              transcript::step);
      if (record.role().equals(LiveAuthorities.ISSUING)) {
        first.ocspSigner();
        first.serviceSigners();
        first.waiting(dir, issuing);
      }
      first.crls();
      trust(core);
      transcript.file(Path.of(FirstCertificates.TRUST), dir.resolve(FirstCertificates.TRUST));
      return new Imported(root, issuing, crl, transcript.sign(key, folder()));
    });
  }

  // ---- the steps

  private <T> T opened(Work<T> work) throws CeremonyException {
    if (!Files.exists(dir.resolve(SettingsFile.NAME))) {
      throw new CeremonyException(
          dir + " has no " + SettingsFile.NAME + "; make one with: nameplate init --ceremony");
    }
    try (var _ =
        FolderLock.tryAcquire(dir)
            .orElseThrow(() ->
                new CeremonyException(
                    dir + " is in use by process " + FolderLock.holder(dir) + "; stop it first"))) {
      var settings = SettingsFile.read(dir);
      var profiles = ProfileFiles.load(settings.profiles());
      try (var core = Nameplate.core(settings)) {
        for (var source : profiles.sources()) {
          core.record(source);
        }
        core.authorities().refresh();
        return work.with(core, profiles);
      }
    } catch (InvalidSettingsException | IOException | SigningException | StoreException failed) {
      throw new CeremonyException(String.valueOf(failed.getMessage()), failed);
    } catch (NotIssuedException refused) {
      throw new CeremonyException(
          refused.getMessage() + ". What was imported stays; the same command goes on from there",
          refused);
    }
  }

  private void requireNoOtherRoot(Core core, Certificate root) throws CeremonyException {
    for (var record : core.database().issuers().issuers()) {
      if (record.role().equals(LiveAuthorities.ROOT)
          && !record.issuer().publicKey().equals(root.publicKey())) {
        throw new CeremonyException(
            dir
                + " has another root, "
                + record.issuer().name()
                + ": a root is not replaced by import");
      }
    }
  }

  private static IssuerRecord ours(Core core, Certificate issuing) throws CeremonyException {
    var id = IssuerId.of(issuing.publicKey());
    var record =
        record(core, id)
            .filter(found -> !found.role().equals(LiveAuthorities.ROOT))
            .orElseThrow(() ->
                new CeremonyException(
                    "the issuing certificate is for the key "
                        + id
                        + ", and no key here is that one: nameplate ceremony issuing request makes"
                        + " one"));
    if (!record.issuer().name().equals(issuing.subject())) {
      throw new CeremonyException(
          "the issuing certificate is for "
              + issuing.subject()
              + ", and "
              + record.issuer().name()
              + " was asked for");
    }
    return record;
  }

  /// The token has the key, and signs with it.
  private static SigningKey probed(Core core, IssuerRecord record, Certificate issuing)
      throws CeremonyException {
    var key = core.vault().find(record.keys().getFirst());
    var probe = new byte[NONCE_BYTES];
    core.random().nextBytes(probe);
    if (!key.publicKey().equals(issuing.publicKey())
        || !issuing.publicKey().verifies(key.algorithm(), probe, key.sign(probe))) {
      throw new CeremonyException(
          "the token does not sign with the key of the issuing certificate");
    }
    return key;
  }

  private static void remember(Core core, ProfileFiles profiles, Certificate root, String by)
      throws CeremonyException {
    var issuer = new Issuer(root.subject(), root.publicKey());
    if (record(core, issuer.id()).isEmpty()) {
      var nowhere =
          new KeyLocation(
              OFFLINE, "root", issuer.id().hex().substring(0, 32), root.publicKey().fingerprint());
      core.database()
          .issuers()
          .addIssuer(
              issuer,
              LiveAuthorities.ROOT,
              CrlScope.AUTHORITIES,
              nowhere,
              new AuditEvent.IssuerAdded(
                  issuer.id(),
                  issuer.name().toString(),
                  LiveAuthorities.ROOT,
                  nowhere.token(),
                  nowhere.id(),
                  by));
    }
    certificate(core, profiles, root, root, Optional.empty(), LiveAuthorities.ROOT, by);
  }

  private static void rememberIssuing(
      Core core,
      ProfileFiles profiles,
      IssuerRecord record,
      Certificate root,
      Certificate issuing,
      String by)
      throws CeremonyException {
    certificate(core, profiles, issuing, root, Optional.of(root), record.role(), by);
  }

  private static void certificate(
      Core core,
      ProfileFiles profiles,
      Certificate certificate,
      Certificate root,
      Optional<Certificate> above,
      String role,
      String by)
      throws CeremonyException {
    var profile = profiles.get(above.isEmpty() ? ProfileFiles.ROOT_CA : ProfileFiles.ISSUING_CA);
    var owner = new Owner(OwnerKind.ISSUER, role);
    core.own().register(owner, profile.name());
    int epoch = core.database().owners().find(owner).orElseThrow().epoch();
    var refused =
        new CertificateImport(core.database().certificates(), core.clock())
            .remember(
                certificate,
                new Issuer(root.subject(), root.publicKey()),
                above,
                CrlScope.AUTHORITIES,
                profile,
                new Requester.Internal(owner, epoch, by));
    if (refused.isPresent()) {
      throw new CeremonyException(
          "the certificate of " + certificate.subject() + " " + refused.get());
    }
    core.database()
        .issuers()
        .addIssuerCertificate(IssuerId.of(certificate.publicKey()), certificate);
  }

  private static void publish(Core core, Crl crl, Certificate root, String by)
      throws CeremonyException {
    var crls = core.database().crls();
    var id = IssuerId.of(root.publicKey());
    if (crls.latestCrl(id, CrlScope.AUTHORITIES)
        .filter(published -> published.der().equals(crl.der()))
        .isPresent()) {
      return;
    }
    var imports =
        new CrlImport(
            crls, core.database().issuers(), core.database().certificates(), core.clock());
    switch (imports.publish(crl, id, by)) {
      case CrlImport.Outcome.Published _ -> {}
      case CrlImport.Outcome.Refused(var why) ->
          throw new CeremonyException("the root's CRL was not published, because it " + why);
      case CrlImport.Outcome.NoSuchIssuer _ ->
          throw new IllegalStateException("the root is not remembered");
    }
  }

  private static void activate(Core core, Certificate certificate, String role, String by) {
    var id = IssuerId.of(certificate.publicKey());
    core.database().issuers().activate(id, new AuditEvent.IssuerActivated(id, role, by));
  }

  /// What clients are given: all that sign.
  private void trust(Core core) throws IOException {
    var all =
        core.database().issuers().issuers().stream()
            .filter(IssuerRecord::active)
            .sorted(Comparator.comparing(record -> !record.role().equals(LiveAuthorities.ROOT)))
            .flatMap(record -> record.certificate().stream())
            .toList();
    var file = dir.resolve(FirstCertificates.TRUST);
    var unfinished = dir.resolve(FirstCertificates.TRUST + ".new");
    Files.writeString(unfinished, Pem.encode(all));
    Files.move(unfinished, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private Path folder() throws IOException {
    var folder = dir.resolve(FOLDER);
    return Files.isDirectory(folder) ? folder : Files.createDirectory(folder, PrivateFile.FOLDER);
  }

  private static Optional<IssuerRecord> record(Core core, IssuerId id) {
    return core.database().issuers().issuers().stream()
        .filter(record -> record.issuer().id().equals(id))
        .findFirst();
  }
}
