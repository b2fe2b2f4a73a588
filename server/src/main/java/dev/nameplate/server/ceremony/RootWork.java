package dev.nameplate.server.ceremony;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.device.Requester;
import dev.nameplate.ca.enrollment.CertificateTemplate;
import dev.nameplate.ca.enrollment.Enrollment;
import dev.nameplate.ca.enrollment.EnrollmentResult;
import dev.nameplate.ca.enrollment.Stop;
import dev.nameplate.ca.enrollment.StopListener;
import dev.nameplate.ca.issuer.Authority;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.memory.InMemoryAuditLog;
import dev.nameplate.ca.memory.InMemoryStore;
import dev.nameplate.ca.policy.IssuancePolicy;
import dev.nameplate.ca.policy.IssuanceRequest;
import dev.nameplate.ca.policy.IssuanceRequest.Purpose;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.revocation.OfflineCrl;
import dev.nameplate.ca.signing.SigningKey;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.RevokedEntry;
import dev.nameplate.ca.x509.AuthorityLimits;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Crl;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.MalformedCrlException;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.ca.x509.NameConstraints;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.server.LiveAuthorities;
import dev.nameplate.server.PrivateFile;
import dev.nameplate.server.ProfileFiles;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;

/// What a root signs, and its folder, which is all that it remembers:
///
/// ```
/// root.json                what it is
/// root.pem                 its certificate
/// evidence.json            what its token showed for its key
/// token/                   its token, if that is SoftHSM
/// issued/SERIAL.pem        what it certified
/// issued/SERIAL.begun      a serial that it was about to sign, and perhaps did
/// crl/NUMBER.crl           its CRLs
/// crl/last.begun           the number before one that it was about to sign, and perhaps did
/// transcripts/             what was done
/// ```
///
/// What is begun stays so until the transcript tells of it. A certificate goes the way of every
/// other, through [Enrollment], with a store that lasts as long as that; what lasts longer is in
/// these files, each written once.
final class RootWork {

  static final String CERTIFICATE = "root.pem";

  private static final String ISSUED = "issued";
  private static final String CRLS = "crl";
  private static final String BEGUN = ".begun";
  private static final String PEM = ".pem";
  private static final String CRL_BEGUN = CRLS + "/last" + BEGUN;

  private final Path dir;
  private final RootRecord record;
  private final InstantSource clock;
  private final RandomGenerator random;

  RootWork(Path dir, RootRecord record, InstantSource clock, RandomGenerator random) {
    this.dir = dir;
    this.record = record;
    this.clock = clock;
    this.random = random;
  }

  /// A root that has its certificate, and its key at hand.
  record Signing(RootWork work, Authority authority) {

    /// Certifies an issuing authority with pathLen 0.
    Certificate certify(Csr request, Duration validity, Optional<NameConstraints> names)
        throws CeremonyException {
      return work.certify(authority, request, validity, names);
    }

    /// The next CRL, written to the folder.
    ///
    /// @param revoked what is revoked from now on
    Crl crl(List<RevokedEntry> revoked, Duration validity) throws CeremonyException {
      return work.crl(authority, revoked, validity);
    }
  }

  static Signing of(
      Path dir,
      RootRecord record,
      Certificate root,
      SigningKey key,
      InstantSource clock,
      RandomGenerator random) {
    return new Signing(
        new RootWork(dir, record, clock, random),
        new Authority(
            new Issuer(root.subject(), root.publicKey()),
            Optional.of(root),
            key,
            CrlScope.AUTHORITIES));
  }

  static Path transcripts(Path dir) throws CeremonyException {
    return folder(dir, "transcripts");
  }

  static String path(Crl crl) {
    return CRLS + "/" + crl.number() + ".crl";
  }

  /// Its own certificate, written to the folder.
  Certificate selfSigned(
      DistinguishedName name, Optional<NameConstraints> names, Duration validity, SigningKey key)
      throws CeremonyException {
    folder(dir, ISSUED);
    folder(dir, CRLS);
    var issuer = new Issuer(name, key.publicKey());
    var authority = new Authority(issuer, Optional.empty(), key, CrlScope.AUTHORITIES);
    var certificate =
        issue(
            authority,
            lasting(ProfileFiles.ROOT_CA, validity),
            LiveAuthorities.ROOT,
            request(name, key),
            names,
            StopListener.NONE,
            new InMemoryStore(clock));
    NewFile.write(dir.resolve(CERTIFICATE), Pem.encode(certificate));
    return certificate;
  }

  Certificate root() throws CeremonyException {
    var root = certificate(dir.resolve(CERTIFICATE));
    if (!root.publicKey().fingerprint().equals(record.location().fingerprint())) {
      throw new CeremonyException(
          dir.resolve(CERTIFICATE) + " is of another key than " + RootRecord.FILE + " says");
    }
    return root;
  }

  /// What it certified, oldest name first.
  List<Certificate> issued() throws CeremonyException {
    var found = new ArrayList<Certificate>();
    for (var file : files(ISSUED, PEM)) {
      found.add(certificate(file));
    }
    return found;
  }

  /// Whether it was certified for this long; what ends with the root was cut there.
  boolean lasts(Certificate certificate, Duration validity) throws CeremonyException {
    var life = Duration.between(certificate.notBefore(), certificate.notAfter().plusSeconds(1));
    var backdate = ProfileFiles.defaults().get(ProfileFiles.ISSUING_CA).backdate();
    boolean longEnough = life.compareTo(validity) >= 0;
    return longEnough
        ? life.minus(backdate).compareTo(validity) <= 0
        : !certificate.notAfter().isBefore(root().notAfter());
  }

  /// The one that is good, for this request; empty if there is none.
  Optional<Certificate> issuedFor(Csr request) throws CeremonyException {
    var latest = latestCrl();
    for (var certificate : issued()) {
      if (certificate.publicKey().equals(request.publicKey())
          && certificate.subject().equals(request.subject())
          && certificate.isValidAt(clock.instant())
          && latest.filter(crl -> lists(crl, certificate.serial())).isEmpty()) {
        return Optional.of(certificate);
      }
    }
    return Optional.empty();
  }

  Optional<Crl> latestCrl() throws CeremonyException {
    var newest = Optional.<Crl>empty();
    for (var file : files(CRLS, ".crl")) {
      var crl = crl(file);
      if (newest.filter(before -> before.number().compareTo(crl.number()) > 0).isEmpty()) {
        newest = Optional.of(crl);
      }
    }
    return newest;
  }

  static boolean lists(Crl crl, SerialNumber serial) {
    for (var serials = crl.serials(); serials.hasNext(); ) {
      if (serials.next().equals(serial)) {
        return true;
      }
    }
    return false;
  }

  // ---- what is signed

  private Certificate certify(
      Authority authority, Csr request, Duration validity, Optional<NameConstraints> names)
      throws CeremonyException {
    if (request.subject().matches(authority.issuer().name())) {
      throw new CeremonyException("the request has the root's own name, " + request.subject());
    }
    var store = new InMemoryStore(clock);
    var failed = new AtomicReference<Optional<CeremonyException>>(Optional.empty());
    StopListener begun =
        (stop, _) -> {
          if (stop == Stop.RESERVED) {
            var serial = store.reservedBefore(Instant.MAX, 1).getFirst().serial();
            try {
              NewFile.write(dir.resolve(ISSUED).resolve(serial.hex() + BEGUN), "");
            } catch (CeremonyException unwritable) {
              failed.set(Optional.of(unwritable));
              throw new IllegalStateException(unwritable.getMessage(), unwritable);
            }
          }
        };
    Certificate certificate;
    try {
      certificate =
          issue(
              authority,
              lasting(ProfileFiles.ISSUING_CA, validity),
              LiveAuthorities.ISSUING,
              request,
              names,
              begun,
              store);
    } catch (IllegalStateException stopped) {
      if (failed.get().isPresent()) {
        throw failed.get().get();
      }
      throw stopped;
    }
    var file = dir.resolve(ISSUED).resolve(certificate.serial().hex() + PEM);
    NewFile.write(file, Pem.encode(certificate));
    return certificate;
  }

  private Crl crl(Authority authority, List<RevokedEntry> revoked, Duration validity)
      throws CeremonyException {
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    var all = new ArrayList<>(revoked);
    for (var serial : unfinished()) {
      all.add(
          new RevokedEntry(
              serial, new RevocationRecord(now, RevocationReason.UNSPECIFIED, Optional.empty())));
    }
    try {
      var latest = latestCrl();
      if (!Files.exists(dir.resolve(CRL_BEGUN))) {
        NewFile.write(
            dir.resolve(CRL_BEGUN), latest.map(Crl::number).orElse(BigInteger.ZERO).toString());
      }
      var made = OfflineCrl.next(authority, latest, all, now, now.plus(validity));
      NewFile.write(dir.resolve(path(made)), made.der().toByteArray());
      return made;
    } catch (IllegalArgumentException wrong) {
      throw new CeremonyException(String.valueOf(wrong.getMessage()), wrong);
    }
  }

  /// Whether no transcript tells of this certificate: the attempt that signed it was broken off.
  boolean isUnrecorded(Certificate certificate) {
    return Files.exists(begun(certificate));
  }

  /// The CRLs of which no transcript tells, since the attempts that signed them were broken off.
  List<Crl> unrecordedCrls() throws CeremonyException {
    var file = dir.resolve(CRL_BEGUN);
    if (!Files.exists(file)) {
      return List.of();
    }
    var found = new ArrayList<Crl>();
    try {
      var before = new BigInteger(Files.readString(file));
      for (var each : files(CRLS, ".crl")) {
        var crl = crl(each);
        if (crl.number().compareTo(before) > 0) {
          found.add(crl);
        }
      }
    } catch (IOException | NumberFormatException damaged) {
      // a transcript that tells of one twice is better than none
      latestCrl().ifPresent(found::add);
    }
    return found;
  }

  /// A transcript tells of it.
  void recorded(Certificate certificate) throws CeremonyException {
    remove(begun(certificate));
  }

  /// A transcript tells of every CRL.
  void recordedCrls() throws CeremonyException {
    remove(dir.resolve(CRL_BEGUN));
  }

  private Path begun(Certificate certificate) {
    return dir.resolve(ISSUED).resolve(certificate.serial().hex() + BEGUN);
  }

  private static void remove(Path marker) throws CeremonyException {
    try {
      Files.deleteIfExists(marker);
    } catch (IOException failed) {
      throw new CeremonyException(marker + " cannot be removed: " + failed, failed);
    }
  }

  /// Serials that were about to be signed when an attempt was broken off, and are on no CRL yet: a
  /// signature may exist.
  List<SerialNumber> unfinished() throws CeremonyException {
    var latest = latestCrl();
    var found = new ArrayList<SerialNumber>();
    for (var file : files(ISSUED, BEGUN)) {
      var name = file.getFileName().toString();
      var serial = name.substring(0, name.length() - BEGUN.length());
      var number = SerialNumber.ofHex(serial);
      if (!Files.exists(file.resolveSibling(serial + PEM))
          && latest.filter(crl -> lists(crl, number)).isEmpty()) {
        found.add(number);
      }
    }
    return found;
  }

  private Certificate issue(
      Authority authority,
      CertificateProfile profile,
      String role,
      Csr request,
      Optional<NameConstraints> names,
      StopListener stops,
      InMemoryStore store)
      throws CeremonyException {
    var owner = new Owner(OwnerKind.ISSUER, role);
    store.register(
        owner,
        profile.name(),
        clock.instant(),
        new AuditEvent.OwnerRegistered(owner, profile.name(), "ceremony"));
    var enrollment =
        new Enrollment(
            store,
            new InMemoryAuditLog(clock),
            new IssuancePolicy(),
            new CertificateTemplate(new StatusUrls(record.publicUrl()), names),
            _ -> authority,
            clock,
            random,
            stops);
    var result =
        enrollment.enroll(
            new IssuanceRequest(
                new Requester.Internal(owner, store.find(owner).orElseThrow().epoch(), "ceremony"),
                request,
                profile,
                Purpose.ENROLL));
    return switch (result) {
      case EnrollmentResult.Issued(var certificate, _) -> certificate;
      case EnrollmentResult.Refused(var refusal) ->
          throw new CeremonyException("no certificate for " + request.subject() + ": " + refusal);
      case EnrollmentResult.Queued _, EnrollmentResult.InProgress _ ->
          throw new IllegalStateException("a root that waits for somebody");
    };
  }

  private CertificateProfile lasting(String name, Duration validity) {
    var now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    return ProfileFiles.defaults().get(name).until(now.plus(validity).minusSeconds(1), now);
  }

  private static Csr request(DistinguishedName name, SigningKey key) {
    try {
      return Csr.parse(Csr.sign(name, key.publicKey(), key.algorithm(), key::sign).toByteArray());
    } catch (MalformedCsrException ours) {
      throw new IllegalStateException("a request of our own that cannot be read", ours);
    }
  }

  // ---- files

  private static Path folder(Path dir, String name) throws CeremonyException {
    var folder = dir.resolve(name);
    try {
      return Files.isDirectory(folder) ? folder : Files.createDirectory(folder, PrivateFile.FOLDER);
    } catch (IOException failed) {
      throw new CeremonyException("cannot make the folder " + folder, failed);
    }
  }

  private List<Path> files(String folder, String ending) throws CeremonyException {
    try (var all = Files.list(dir.resolve(folder))) {
      return all.filter(file -> file.getFileName().toString().endsWith(ending))
          .sorted(Comparator.comparing(Path::toString))
          .toList();
    } catch (IOException unreadable) {
      throw new CeremonyException(dir.resolve(folder) + " cannot be read", unreadable);
    }
  }

  static Certificate certificate(Path file) throws CeremonyException {
    try {
      var found = Pem.decodeCertificates(Files.readString(file));
      if (found.size() != 1) {
        throw new CeremonyException(file + " has " + found.size() + " certificates instead of one");
      }
      return found.getFirst();
    } catch (MalformedCertificateException unusable) {
      throw new CeremonyException(file + ": " + unusable.reason(), unusable);
    } catch (IOException unreadable) {
      throw new CeremonyException(file + " cannot be read: " + unreadable, unreadable);
    }
  }

  static AuthorityLimits limits(Certificate certificate) throws CeremonyException {
    try {
      return AuthorityLimits.of(certificate);
    } catch (MalformedCertificateException unusable) {
      throw new CeremonyException(certificate + ": " + unusable.reason(), unusable);
    }
  }

  /// In DER or in PEM.
  static Crl crl(Path file) throws CeremonyException {
    try {
      var content = Files.readAllBytes(file);
      if (content.length > 0 && content[0] == '-') {
        content = Pem.blocks(new String(content, StandardCharsets.US_ASCII), "X509 CRL").getFirst();
      }
      return Crl.parse(content);
    } catch (MalformedCrlException | RuntimeException unusable) {
      throw new CeremonyException(file + " is no CRL: " + unusable.getMessage(), unusable);
    } catch (IOException unreadable) {
      throw new CeremonyException(file + " cannot be read: " + unreadable, unreadable);
    }
  }

  static Csr csr(Path file) throws CeremonyException {
    try {
      var blocks = Pem.blocks(Files.readString(file), "CERTIFICATE REQUEST");
      if (blocks.size() != 1) {
        throw new CeremonyException(file + " has " + blocks.size() + " requests instead of one");
      }
      return Csr.parse(blocks.getFirst());
    } catch (MalformedCsrException | IllegalArgumentException unusable) {
      throw new CeremonyException(file + ": " + unusable.getMessage(), unusable);
    } catch (IOException unreadable) {
      throw new CeremonyException(file + " cannot be read: " + unreadable, unreadable);
    }
  }
}
