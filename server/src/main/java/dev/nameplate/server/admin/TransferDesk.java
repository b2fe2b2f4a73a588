package dev.nameplate.server.admin;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.audit.AuditLog;
import dev.nameplate.ca.audit.AuditQuery;
import dev.nameplate.ca.audit.AuditRow;
import dev.nameplate.ca.device.DeviceAttributes;
import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.device.OwnerKind;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.CertifiedKey;
import dev.nameplate.ca.signing.Jws;
import dev.nameplate.ca.signing.MalformedJwsException;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.OwnerStore;
import dev.nameplate.ca.store.ReceiveOutcome;
import dev.nameplate.ca.store.RegisterOutcome;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.CertificatePath;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.MalformedCertificateException;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.RevocationReason;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Hands devices over to somebody else's server, and takes them over from one. What is handed over
/// was retired here first, for that reason and with all that takes; a package is what the new owner
/// gets to know of it, signed, and no way to retire anything.
final class TransferDesk {

  private static final ObjectMapper JSON = AdminApi.json();
  private static final int MOST_ROWS = 1000;
  private static final int LONGEST_NAME = 100;
  private static final String IDEVID = "idevid:";

  /// How far the clocks of two owners may be apart.
  private static final Duration SKEW = Duration.ofMinutes(5);

  private final OwnerStore owners;
  private final CertificateStore certificates;
  private final AuditLog audit;
  private final List<CertificateProfile> profiles;
  private final Supplier<CertifiedKey> signer;
  private final String node;
  private final InstantSource clock;

  /// @param signer what signs for this node now
  TransferDesk(
      OwnerStore owners,
      CertificateStore certificates,
      AuditLog audit,
      List<CertificateProfile> profiles,
      Supplier<CertifiedKey> signer,
      String node,
      InstantSource clock) {
    this.owners = owners;
    this.certificates = certificates;
    this.audit = audit;
    this.profiles = profiles;
    this.signer = signer;
    this.node = node;
    this.clock = clock;
  }

  /// A package of all of these devices; the audit log knows of it when it is returned. Making it
  /// again makes another one.
  ///
  /// @throws ProblemException unless all of them were retired because their affiliation changed
  TransferApi.Packed pack(TransferApi.Transfer wanted, String by) {
    var ids = Objects.requireNonNullElse(wanted.ids(), List.<String>of());
    if (ids.isEmpty() || ids.size() > TransferApi.MOST_DEVICES) {
      throw ProblemException.invalid("ids: 1 to " + TransferApi.MOST_DEVICES + " are needed");
    }
    if (new HashSet<>(ids).size() < ids.size()) {
      throw ProblemException.invalid("ids: one is there twice");
    }
    var to = Parameters.required("to", wanted.to()).strip();
    if (to.length() > LONGEST_NAME || to.chars().anyMatch(Character::isISOControl)) {
      throw ProblemException.invalid("to: at most " + LONGEST_NAME + " printable characters");
    }
    var devices = ids.stream().map(this::retired).toList();
    var content =
        new TransferApi.Handover(
            1,
            node,
            to,
            clock.instant().truncatedTo(ChronoUnit.SECONDS),
            by,
            devices.stream().map(this::device).toList());
    var jws = Jws.sign(signer.get(), TransferApi.TYPE, json(content)).compact();
    var sha256 = sha256(jws);
    for (var device : devices) {
      audit.append(
          new AuditEvent.DeviceTransferred(device.owner(), device.epoch(), to, sha256, by));
    }
    return new TransferApi.Packed(sha256, devices.size(), jws);
  }

  private OwnerRecord retired(String id) {
    var device = Parameters.deviceId(id).owner();
    var record =
        owners
            .find(device)
            .orElseThrow(() -> ProblemException.notFound("there is no device " + id));
    var isRetired =
        switch (record.state()) {
          case RETIRING, RETIRED -> true;
          case REGISTERED, ENROLLED, ACTIVE, SUSPENDED, CANCELLED, PURGED -> false;
        };
    if (!isRetired) {
      throw ProblemException.conflict(
          "not_retired",
          "%s is %s; retire it first, with the reason affiliationChanged"
              .formatted(device, Parameters.word(record.state())));
    }
    var reason = reason(device);
    if (!reason.equals(Optional.of(RevocationReason.AFFILIATION_CHANGED.toString()))) {
      throw ProblemException.conflict(
          "other_reason",
          "%s was retired for another reason (%s), and is not handed over"
              .formatted(device, reason.orElse("unknown")));
    }
    return record;
  }

  /// Why it was retired, the last time.
  private Optional<String> reason(Owner device) {
    return newest(device, "Retired", 1).stream()
        .findFirst()
        .flatMap(AuditRow::payload)
        .map(TransferDesk::reason);
  }

  /// However much else was written of it since.
  private List<AuditRow> newest(Owner owner, String kind, int most) {
    return audit.newest(
        new AuditQuery(
            Optional.of(owner.toString()),
            Optional.of(kind),
            Optional.empty(),
            Optional.empty(),
            Optional.empty(),
            most));
  }

  private static String reason(String payload) {
    try {
      return JSON.readTree(payload).path("reason").asText();
    } catch (JsonProcessingException broken) {
      throw new IllegalStateException("an audit payload that is no JSON", broken);
    }
  }

  private TransferApi.Device device(OwnerRecord record) {
    var known = record.attributes();
    var history = certificates.list(CertificateQuery.ofOwner(record.owner()));
    return new TransferApi.Device(
        record.owner().id(),
        known.hardwareSerial().orElse(null),
        known.model().orElse(null),
        known.site().orElse(null),
        known.group().orElse(null),
        known.lot().orElse(null),
        known.owner().orElse(null),
        record.epoch(),
        Parameters.word(record.state()),
        record.registeredAt(),
        record.retiredAt().orElse(record.registeredAt()),
        history.stream().map(each -> each.key().hex()).distinct().sorted().toList(),
        history.stream()
            .map(CertificateRecord::credential)
            .filter(credential -> credential.startsWith(IDEVID))
            .map(credential -> credential.substring(IDEVID.length()).split("\\+", 2)[0])
            .distinct()
            .sorted()
            .toList(),
        history.stream().map(TransferDesk::certificate).toList(),
        audit(record.owner()));
  }

  private static TransferApi.Certificate certificate(CertificateRecord record) {
    return new TransferApi.Certificate(
        record.issuer().hex(),
        record.serial().hex(),
        record.epoch(),
        Parameters.word(record.state()),
        record.key().hex(),
        record.certificate().map(Certificate::sha256).orElse(null),
        record.notBefore(),
        record.notAfter(),
        record.revocation().map(revocation -> revocation.at()).orElse(null),
        record.revocation().map(revocation -> revocation.reason().rfcName()).orElse(null));
  }

  private TransferApi.Audit audit(Owner device) {
    var rows = audit.newest(Optional.of(device.toString()), MOST_ROWS);
    if (rows.isEmpty()) {
      throw new IllegalStateException("no audit row of " + device + ", which was retired");
    }
    return new TransferApi.Audit(rows.size(), point(rows.getLast()), point(rows.getFirst()));
  }

  private static TransferApi.AuditPoint point(AuditRow row) {
    return new TransferApi.AuditPoint(row.chain(), row.sequence(), row.at(), row.hash());
  }

  /// Registers the devices of a package, each in a transaction of its own; the same package again
  /// changes nothing. None of their old keys is ever certified here.
  ///
  /// @throws ProblemException unless it is a package that somebody below the given authorities
  ///   signed
  InventoryApi.Imported receive(TransferApi.Receive wanted, String by) {
    var compact = Parameters.required("jws", wanted.jws()).strip();
    var anchors = anchors(Parameters.required("trust", wanted.trust()));
    var profile = Objects.requireNonNullElse(wanted.profile(), "device");
    if (profiles.stream()
        .noneMatch(
            each -> each.name().equals(profile) && each.owners().contains(OwnerKind.DEVICE))) {
      throw ProblemException.invalid("profile: there is no profile '" + profile + "' for devices");
    }
    var jws = parsed(compact);
    var content = content(jws);
    requireTrusted(jws, anchors, content);
    var from = jws.chain().getFirst().subject().toString();
    var sha256 = sha256(compact);
    var results = new ArrayList<InventoryApi.Result>();
    for (var device : content.devices()) {
      results.add(receive(device, results.size() + 1L, profile, from, sha256, by));
    }
    return new InventoryApi.Imported(results);
  }

  private InventoryApi.Result receive(
      TransferApi.Device device,
      long number,
      String profile,
      String from,
      String sha256,
      String by) {
    Owner owner;
    Set<KeyFingerprint> keys;
    DeviceAttributes known;
    try {
      owner = new DeviceId(device.id()).owner();
      keys = device.keys().stream().map(KeyFingerprint::new).collect(Collectors.toSet());
      known = attributes(device);
    } catch (IllegalArgumentException wrong) {
      return result(number, device, "invalid", wrong.getMessage());
    }
    if (isReceived(owner, sha256)) {
      return result(number, device, "unchanged", null);
    }
    var why = new AuditEvent.DeviceReceived(owner, profile, from, sha256, keys.size(), by);
    return switch (owners.receive(owner, profile, known, keys, clock.instant(), why)) {
      case ReceiveOutcome.Received _ -> result(number, device, "created", null);
      case ReceiveOutcome.KeyTaken(var key, var other) ->
          result(number, device, "conflict", "its key " + key.hex() + " belongs to " + other);
      case ReceiveOutcome.NotRegistered(var outcome) ->
          result(number, device, "conflict", describe(outcome));
    };
  }

  private static String describe(RegisterOutcome outcome) {
    return switch (outcome) {
      case RegisterOutcome.NameTaken(var other) -> "the name belongs to " + other;
      case RegisterOutcome.NameRetired(var other) ->
          "the name belonged to " + other + ", which was retired";
      case RegisterOutcome.HardwareSerialTaken(var other, _) ->
          "the hardware serial belongs to " + other;
      case RegisterOutcome.Registered(var record) ->
          throw new IllegalStateException(record.owner() + " was registered");
    };
  }

  private boolean isReceived(Owner owner, String sha256) {
    return owners.find(owner).isPresent()
        && newest(owner, "DeviceReceived", MOST_ROWS).stream()
            .flatMap(row -> row.payload().stream())
            .anyMatch(payload -> payload.contains("\"" + sha256 + "\""));
  }

  /// Where it stands and whose it was is the old owner's order of things.
  private static DeviceAttributes attributes(TransferApi.Device device) {
    return new DeviceAttributes(
        Optional.ofNullable(device.model()),
        Optional.empty(),
        Optional.empty(),
        Optional.ofNullable(device.lot()),
        Optional.empty(),
        Optional.ofNullable(device.hardwareSerial()));
  }

  private static InventoryApi.Result result(
      long number, TransferApi.Device device, String outcome, @Nullable String detail) {
    return new InventoryApi.Result(number, device.id(), outcome, detail, null);
  }

  private static Jws parsed(String compact) {
    try {
      var jws = Jws.parse(compact);
      if (!jws.type().equals(TransferApi.TYPE)) {
        throw ProblemException.invalid(
            "jws: it is a " + jws.type() + ", and not a " + TransferApi.TYPE);
      }
      return jws;
    } catch (MalformedJwsException malformed) {
      throw ProblemException.invalid("jws: " + malformed.getMessage());
    }
  }

  private static TransferApi.Handover content(Jws jws) {
    try {
      var content = JSON.readValue(jws.payload(), TransferApi.Handover.class);
      if (content.v() != 1) {
        throw ProblemException.invalid("jws: a package of version " + content.v());
      }
      if (content.madeAt() == null
          || content.devices() == null
          || content.devices().size() > TransferApi.MOST_DEVICES
          || content.devices().stream()
              .anyMatch(device ->
                  device == null
                      || device.id() == null
                      || device.keys() == null
                      || device.keys().contains(null))) {
        throw ProblemException.invalid("jws: what was signed is no whole package");
      }
      return content;
    } catch (JsonProcessingException malformed) {
      throw ProblemException.invalid("jws: what was signed is not a package of devices");
    }
  }

  /// Signed by whom, and when: the signer's certificate has to have been valid then. Whether it was
  /// revoked since is for whoever names the authorities to find out.
  private void requireTrusted(Jws jws, List<Certificate> anchors, TransferApi.Handover content) {
    var now = clock.instant();
    if (content.madeAt().isAfter(now.plus(SKEW))) {
      throw ProblemException.invalid(
          "jws: made at " + content.madeAt() + ", and it is " + now + " now");
    }
    var signer = SignerPurpose.RECEIPT.title();
    if (CertificatePath.validateSigner(jws.chain(), anchors, content.madeAt(), signer)
        instanceof CertificatePath.Result.NotTrusted(var why)) {
      throw ProblemException.conflict("not_trusted", "who signed it is not trusted: " + why);
    }
  }

  private static List<Certificate> anchors(String pem) {
    try {
      return Pem.decodeCertificates(pem);
    } catch (IllegalArgumentException | MalformedCertificateException malformed) {
      throw ProblemException.invalid("trust: not certificates in PEM");
    }
  }

  private static String sha256(String text) {
    return Der.of(text.getBytes(StandardCharsets.US_ASCII)).sha256Hex();
  }

  private static String json(Object value) {
    try {
      return JSON.writeValueAsString(value);
    } catch (JsonProcessingException impossible) {
      throw new IllegalStateException("a package that is no JSON", impossible);
    }
  }
}
