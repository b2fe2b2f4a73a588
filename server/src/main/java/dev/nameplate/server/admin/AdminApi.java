package dev.nameplate.server.admin;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.MapperFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.PropertyNamingStrategies;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.cfg.CoercionAction;
import com.fasterxml.jackson.databind.cfg.CoercionInputShape;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.type.LogicalType;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The admin API as its two sides see it: the paths, and the JSON of requests and answers as
/// records. Fields are in snake_case; what is null is left out. Instants are ISO 8601 in UTC,
/// durations ISO 8601; serials, issuers and hashes lower-case hex.
public final class AdminApi {

  /// Every path begins with it.
  public static final String PATH = "/api/v1";

  public static final String PROBLEM_JSON = "application/problem+json";

  /// The one form in which both sides write and read JSON. Fields that nobody knows are an error.
  public static ObjectMapper json() {
    return JsonMapper.builder()
        .addModule(new JavaTimeModule())
        .propertyNamingStrategy(PropertyNamingStrategies.SNAKE_CASE)
        .defaultPropertyInclusion(
            JsonInclude.Value.construct(JsonInclude.Include.NON_NULL, JsonInclude.Include.ALWAYS))
        .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
        .enable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES)
        .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
        .disable(MapperFeature.ALLOW_COERCION_OF_SCALARS)
        .disable(DeserializationFeature.ACCEPT_FLOAT_AS_INT)
        .disable(SerializationFeature.WRITE_DATES_AS_TIMESTAMPS)
        .disable(SerializationFeature.WRITE_DURATIONS_AS_TIMESTAMPS)
        .withCoercionConfig(
            LogicalType.Textual,
            config ->
                config
                    .setCoercion(CoercionInputShape.Integer, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Float, CoercionAction.Fail)
                    .setCoercion(CoercionInputShape.Boolean, CoercionAction.Fail))
        .build();
  }

  /// @param state `registered`, `enrolled`, `active`, `suspended`, `retiring`, `retired`,
  ///   `cancelled` or `purged`
  /// @param profile the profile that it was registered for
  public record Device(
      String id,
      String state,
      int epoch,
      String profile,
      Instant registeredAt,
      @Nullable Instant retiredAt,
      @Nullable String model,
      @Nullable String site,
      @Nullable String group,
      @Nullable String lot,
      @Nullable String owner,
      @Nullable String hardwareSerial) {}

  /// A one-time enrollment secret; `text` is shown this once.
  public record Secret(String id, String text, int uses, Instant expires) {

    @Override
    public String toString() {
      return "Secret[" + id + ", not shown]";
    }
  }

  /// @param issuer the id of the issuer
  /// @param owner `device:pump-0017`
  /// @param state `reserved`, `issued` or `abandoned`
  /// @param slot `pending`, `confirmed`, or null for one that gave way
  /// @param key the type of its key: `ec-p256`
  /// @param sha256 of the whole certificate; null unless it is issued
  /// @param dueAt when it is revoked: as superseded if its successor is in use, or because nobody
  ///   was seen to use it, unless somebody is until then; null if nothing of the kind is planned
  /// @param replaces the serial of the certificate that was presented to get it
  /// @param crlUrl the CRL that it is listed on once it is revoked
  /// @param pem only where one certificate is asked for
  public record Certificate(
      String serial,
      String issuer,
      String owner,
      String label,
      String state,
      @Nullable String slot,
      @Nullable String subject,
      Instant notBefore,
      Instant notAfter,
      @Nullable String key,
      @Nullable String sha256,
      @Nullable Instant confirmedAt,
      @Nullable Instant dueAt,
      @Nullable String replaces,
      URI crlUrl,
      @Nullable Revocation revocation,
      @Nullable String pem) {}

  /// @param reason in the words of RFC 5280: `keyCompromise`
  public record Revocation(Instant at, String reason, @Nullable Instant invalidityDate) {}

  /// @param next what to ask `after` for the next page; null if this is the last
  public record Devices(List<Device> items, @Nullable String next) {}

  /// @param next what to ask `after` for the next page; null if this is the last
  public record Certificates(List<Certificate> items, @Nullable String next) {}

  /// @param epochs its identities, oldest first
  /// @param suspension null unless it is suspended
  public record DeviceDetail(
      Device device,
      List<Certificate> certificates,
      @Nullable List<LifecycleApi.Epoch> epochs,
      LifecycleApi.@Nullable Suspension suspension) {}

  /// `POST /devices`. Without more said: one use, 24 hours.
  ///
  /// @param hardwareSerial of which there is one living device only
  public record RegisterDevice(
      @Nullable String id,
      @Nullable String profile,
      @Nullable Integer secretUses,
      @Nullable Duration secretTtl,
      @Nullable String model,
      @Nullable String site,
      @Nullable String group,
      @Nullable String lot,
      @Nullable String owner,
      @Nullable String hardwareSerial) {}

  public record Registered(Device device, Secret secret) {}

  /// `POST /devices/{id}/secrets`. Without more said: one use, 24 hours.
  public record NewSecret(@Nullable Integer uses, @Nullable Duration ttl) {}

  /// `POST /devices/{id}/retire`.
  public record Retire(@Nullable String reason) {}

  /// @param revoked the certificates that this retirement revoked
  /// @param abandoned how many reservations it took back
  /// @param burned how many secrets it made useless
  /// @param already whether the device was retired before, and nothing changed
  public record Retired(
      Device device, List<Certificate> revoked, int abandoned, int burned, boolean already) {}

  /// @param labels the labels for which it enrolls devices
  public record Station(
      String id,
      String state,
      int epoch,
      String profile,
      List<String> labels,
      Instant registeredAt,
      @Nullable Instant retiredAt) {}

  /// @param next what to ask `after` for the next page; null if this is the last
  public record Stations(List<Station> items, @Nullable String next) {}

  public record StationDetail(Station station, List<Certificate> certificates) {}

  /// `POST /stations`. Without more said: the profile `station`, one use, 24 hours.
  ///
  /// @param labels for which it enrolls devices; without any: all that let stations in
  public record RegisterStation(
      @Nullable String id,
      @Nullable String profile,
      @Nullable List<String> labels,
      @Nullable Integer secretUses,
      @Nullable Duration secretTtl) {}

  public record RegisteredStation(Station station, Secret secret) {}

  /// Like [Retired].
  public record RetiredStation(
      Station station, List<Certificate> revoked, int abandoned, int burned, boolean already) {}

  /// A status node.
  ///
  /// @param signers the unexpired OCSP signers of it, newest last
  public record Node(
      String id,
      String state,
      Instant registeredAt,
      @Nullable Instant retiredAt,
      List<NodeSigner> signers) {}

  /// @param issuer the id of the issuer for which it signs
  public record NodeSigner(String issuer, String serial, Instant notBefore, Instant notAfter) {}

  /// @param next what to ask `after` for the next page; null if this is the last
  public record Nodes(List<Node> items, @Nullable String next) {}

  /// `POST /nodes`. Without more said: one use, 24 hours.
  public record RegisterNode(
      @Nullable String id, @Nullable Integer secretUses, @Nullable Duration secretTtl) {}

  public record RegisteredNode(Node node, Secret secret) {}

  /// Like [Retired]; the node's OCSP signers are among what was revoked.
  public record RetiredNode(
      Node node, List<Certificate> revoked, int abandoned, int burned, boolean already) {}

  /// `POST /nodes/{id}/ocsp-signers`, by the node itself.
  ///
  /// @param csr in PEM
  public record CertifySigner(
      @Nullable String issuer, @Nullable String csr, @Nullable KeyPlace key) {}

  /// Where a node's key is: in its own token, which nobody else can ask.
  public record KeyPlace(@Nullable String token, @Nullable String label, @Nullable String id) {}

  public record CertifiedSigner(String pem) {}

  /// `POST /nodes/{id}/alarms`, by the node itself; 100 at most.
  public record RaiseAlarms(@Nullable List<Alarm> items) {}

  /// @param what `ocsp never issued`, or what became of earlier alarms: `alarms dropped`
  /// @param count how often in that minute
  public record Alarm(@Nullable String what, @Nullable Instant minute, @Nullable Long count) {}

  public record RaisedAlarms(int written) {}

  /// A manufacturer's authority that a label trusts for first enrollment.
  ///
  /// @param sha256 of the whole certificate
  /// @param serials the pattern of the devices that it vouches for; null for all of them
  public record Anchor(
      String label,
      String sha256,
      String subject,
      Instant notAfter,
      @Nullable String serials,
      Instant addedAt,
      String addedBy,
      String pem) {}

  public record Anchors(List<Anchor> items) {}

  /// `POST /labels/{label}/anchors`.
  ///
  /// @param pem one certificate
  /// @param serials `AC7-*`: which devices it may vouch for
  public record AddAnchor(@Nullable String pem, @Nullable String serials) {}

  /// `DELETE /labels/{label}/anchors/{sha256}`.
  public record RemovedAnchor(String label, String sha256) {}

  /// `POST /certificates/{serial}/revoke`.
  ///
  /// @param reason `certificateHold` can be undone by a release; all others are for good
  /// @param invalidityDate since when the key must be distrusted, where that is known
  /// @param issuer needed only if several issuers used the serial
  public record Revoke(
      @Nullable String reason, @Nullable Instant invalidityDate, @Nullable String issuer) {}

  /// @param already whether it was revoked before for this reason, and nothing changed
  public record Revoked(Certificate certificate, boolean already) {}

  /// `POST /certificates/{serial}/release`.
  ///
  /// @param issuer needed only if several issuers used the serial
  public record Release(@Nullable String issuer) {}

  /// @param already whether it was good before, and nothing changed
  public record Released(Certificate certificate, boolean already) {}

  /// A request for a first certificate that waits for an operator, or waited.
  ///
  /// @param owner `device:pump-0017`
  /// @param state `pending`, `approved`, `used`, `denied`, `expired`, `replaced` or `voided`
  /// @param subject as the CSR has it
  /// @param keySha256 of the public key, as certificates and `openssl` know it
  /// @param requestId the id of the HTTP request that queued it
  /// @param csr in PEM
  /// @param reason of a denial, which the client is told
  public record PendingRequest(
      String id,
      String owner,
      String label,
      String state,
      String subject,
      String keySha256,
      String credential,
      String requestId,
      String address,
      Instant requestedAt,
      Instant expiresAt,
      @Nullable Instant decidedAt,
      @Nullable String decidedBy,
      @Nullable String reason,
      String csr) {}

  /// Oldest first.
  ///
  /// @param next what to ask `after` for the next page; null if this is the last
  public record PendingRequests(List<PendingRequest> items, @Nullable String next) {}

  /// `POST /requests/{id}/deny`.
  ///
  /// @param reason what the client is told
  public record Deny(@Nullable String reason) {}

  /// @param already whether it was decided so before, and nothing changed
  public record Decided(PendingRequest request, boolean already) {}

  /// @param standing `usable`, or why not: `is spent`
  public record SecretStanding(String id, int usesLeft, Instant expires, String standing) {}

  /// Something that happened to a device or was refused to it, in words.
  ///
  /// @param kind of the audit event
  /// @param requestId the id of the request that caused it, as its answer carried it
  /// @param credential what was shown: `secret` or `certificate`
  public record Happened(
      Instant at,
      String kind,
      @Nullable String requestId,
      @Nullable String address,
      @Nullable String credential,
      String what) {}

  /// Why a device is, or is not, given certificates.
  ///
  /// @param device null if nobody knows it
  /// @param answer what it would be answered now, as an HTTP status and why
  /// @param next what to do about it
  /// @param request its newest request for approval
  /// @param certificates the pending and the confirmed ones
  /// @param profileVersion of its profile, as it is now; null if there is no such profile here
  /// @param renewal of the certificate that it uses; null if it has none, or it is on hold
  /// @param tombstones what of it was retired
  /// @param seen where brokers saw its certificates, newest first
  /// @param events newest first
  public record Explanation(
      String id,
      @Nullable Device device,
      String answer,
      String next,
      @Nullable PendingRequest request,
      List<Certificate> certificates,
      List<SecretStanding> secrets,
      @Nullable String profileVersion,
      ReportApi.@Nullable Renewal renewal,
      List<ReportApi.Tombstone> tombstones,
      List<ReportApi.Seen> seen,
      List<Happened> events) {}

  /// How a device stood at some time, by the audit log.
  ///
  /// @param state as its events say: `registered`, `enrolled`, `active`, `retired`; null if it was
  ///   not known
  /// @param certificates that were issued and not revoked, newest first
  /// @param complete whether all its events were looked at: else there are more than could be
  /// @param events up to that time, newest first
  public record Past(
      String id,
      Instant at,
      @Nullable String state,
      @Nullable String profile,
      List<PastCertificate> certificates,
      boolean complete,
      List<Happened> events) {}

  /// @param standing `pending`, `confirmed` or `on_hold`
  /// @param notAfter null if nobody knows the certificate any more
  public record PastCertificate(
      String serial, Instant issuedAt, String standing, @Nullable Instant notAfter) {}

  /// @param payload the JSON text over which the row's hash is; null once it was erased
  public record AuditRow(
      String chain,
      long sequence,
      Instant at,
      String kind,
      @Nullable String subject,
      @Nullable String payload) {}

  /// Newest first.
  ///
  /// @param next where the next page begins; null after the last
  public record AuditRows(List<AuditRow> items, @Nullable String next) {}

  /// What a check of the audit chains found: either `rows` and `chains`, or where it is broken and
  /// how: a row, or a checkpoint.
  ///
  /// @param checkpoints how many there are
  /// @param provenUntil the time of the last one
  public record AuditVerdict(
      boolean intact,
      @Nullable Long rows,
      @Nullable Integer chains,
      @Nullable String chain,
      @Nullable Long sequence,
      @Nullable String what,
      @Nullable Long checkpoint,
      @Nullable Long checkpoints,
      @Nullable Instant provenUntil) {}

  /// @param role `root`, `issuing`, or what profiles name as their issuer
  /// @param state `announced` if it signs nothing yet, `active`, or `superseded` by a newer one of
  ///   its role
  /// @param key the type of its key: `ec-p256`
  /// @param certificates all that were made for it, oldest first
  /// @param crlUrl the CRL of what it issues
  /// @param certificateUrl its newest certificate in DER
  public record Issuer(
      String id,
      String name,
      String role,
      String state,
      String key,
      @Nullable Instant notAfter,
      List<IssuerCertificate> certificates,
      URI crlUrl,
      URI ocspUrl,
      URI certificateUrl) {}

  /// @param issuedBy the id of the issuer that signed it; its own, if it did so itself
  public record IssuerCertificate(
      String serial, String issuedBy, Instant notBefore, Instant notAfter, String sha256) {}

  /// `POST /issuers`. Without more said: EC P-256, and a name made of organization and role.
  public record AddIssuer(@Nullable String role, @Nullable String title, @Nullable String key) {}

  /// `POST /issuers/{role}/rekey`. Without more said: the same type of key.
  public record RekeyIssuer(@Nullable String key) {}

  /// `POST /issuers/root/rollover`. Without `activate`, a new root is announced.
  public record RollOver(@Nullable Boolean activate, @Nullable String key) {}

  /// @param already whether it was so before, and nothing changed
  public record IssuerMade(Issuer issuer, boolean already) {}

  public record Issuers(List<Issuer> items) {}

  /// @param scope which of the issuer's lists it is: `authorities`, `end-entities`, `shard-3`
  /// @param behind whether there is a revocation that is not on it yet
  /// @param entries not told in a listing, as are `bytes` and `sha256`
  public record Crl(
      String issuer,
      String issuerName,
      String scope,
      long number,
      @Nullable Instant thisUpdate,
      @Nullable Instant nextUpdate,
      boolean behind,
      URI url,
      @Nullable Long entries,
      @Nullable Long bytes,
      @Nullable String sha256) {}

  public record Crls(List<Crl> items) {}

  /// `POST /crls/{issuer}/import`: one CRL that the issuer signed elsewhere.
  public record ImportCrl(@Nullable String pem) {}

  /// Where a key of this node should be.
  ///
  /// @param use what it signs
  /// @param spkiSha256 of its public key
  public record Key(String use, String token, String label, String id, String spkiSha256) {}

  public record Keys(List<Key> items) {}

  public record Server(
      String version, String node, Instant startedAt, Instant now, List<String> profiles) {}

  /// RFC 9457, with a code that machines can rely on and the id under which the server logged it.
  public record Problem(
      String type, String title, int status, String detail, String code, String requestId) {}

  private AdminApi() {}
}
