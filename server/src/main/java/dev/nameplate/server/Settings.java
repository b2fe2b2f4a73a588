package dev.nameplate.server;

import dev.nameplate.ca.enrollment.ApprovalSettings;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.job.CheckpointJob;
import dev.nameplate.ca.retirement.RetirementSettings;
import dev.nameplate.ca.revocation.CrlSchedule;
import dev.nameplate.ca.sighting.ConnectPolicy;
import dev.nameplate.ca.signing.KeyPurpose;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.hsm.RsaSignatures;
import dev.nameplate.hsm.TemplateProfile;
import dev.nameplate.ocsp.OcspSettings;
import dev.nameplate.ocsp.OcspSettings.NeverIssued;
import dev.nameplate.ocsp.OcspSettings.Nonces;
import dev.nameplate.server.audit.Syslog;
import dev.nameplate.server.canary.CanarySettings;
import dev.nameplate.server.flood.FloodLimits;
import dev.nameplate.server.tls.TlsStack;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/// What `nameplate.yaml` says. Relative paths are relative to the file.
public record Settings(
    @Setting(
            value =
                "The name of this node: in the audit log, in leases, and of its OCSP signing key.",
            byDefault = "main")
        String node,
    @Setting(
            value =
                "What this node does; `nameplate serve --roles` wins over it. `status` alone makes"
                    + " it a status node, which has no CA key and only reads the database; jobs"
                    + " (CRLs, and what is due) must be done by one node at least.",
            byDefault = "est, status, admin, jobs")
        Set<Role> roles,
    @Setting(
            "The status listener as devices and relying parties see it. It goes into certificates:"
                + " changing it does not change those that exist.")
        URI publicUrl,
    Listeners listeners,
    Tls tls,
    Est est,
    Crl crl,
    Ocsp ocsp,
    Audit audit,
    Canary canary,
    Retirement retirement,
    Devices devices,
    Connect connect,
    @Setting("Where the signing keys live, if that is one token. Either this, or tokens.")
        Optional<Token> token,
    @Setting(
            "Where the signing keys live, if that is in several tokens: a list, each item with the"
                + " settings of a token. A key is looked for in the token with the label under which"
                + " it is remembered.")
        Optional<List<Token>> tokens,
    Database database,
    @Setting(
            "For a status node: who certifies its OCSP signing keys, and hears of its alarms. Its"
                + " own certificate and key for that are tls.certificate and tls.key.")
        Optional<IssuingNode> issuingNode,
    @Setting(
            value = "The key under which enrollment secrets are hashed (a file of mode 0600).",
            byDefault = "secrets.key")
        Path secretsKey,
    @Setting(value = "The folder with a file for each certificate profile.", byDefault = "profiles")
        Path profiles,
    @Setting(
            value =
                "The folder where the evidence of each key is kept that this node makes in a token.",
            byDefault = "evidence")
        Path evidence,
    Log log) {

  private static final Pattern NODE = Pattern.compile("[a-z0-9][a-z0-9-]{0,31}");

  public Settings {
    if (!NODE.matcher(node).matches()) {
      throw new IllegalArgumentException(
          "node '" + node + "' must be 1 to 32 lower-case letters, digits and dashes");
    }
    if (publicUrl.getHost() == null
        || publicUrl.toString().endsWith("/")
        || !"http".equals(publicUrl.getScheme())) {
      throw new IllegalArgumentException(
          "public_url '" + publicUrl + "' must be an http:// URL without a slash at its end");
    }
    roles = Set.copyOf(roles);
    tokens = tokens.map(List::copyOf);
    TokenRules.check(token, tokens, roles);
    checkRoles(roles, listeners, database, issuingNode);
  }

  /// Whether this node answers for status and does nothing else: then it has no CA key, only reads
  /// the database, and has an issuing node to ask.
  public boolean isStatusNode() {
    return isStatusNode(roles);
  }

  /// The tokens with the signing keys, whichever way they are written.
  public List<Token> allTokens() {
    return tokens.orElseGet(() -> token.stream().toList());
  }

  /// The same for a node with these roles.
  ///
  /// @throws IllegalArgumentException if they cannot be, and the message says why
  Settings withRoles(Set<Role> others) {
    return new Settings(
        node,
        others,
        publicUrl,
        listeners,
        tls,
        est,
        crl,
        ocsp,
        audit,
        canary,
        retirement,
        devices,
        connect,
        token,
        tokens,
        database,
        issuingNode,
        secretsKey,
        profiles,
        evidence,
        log);
  }

  /// What a node can do.
  public enum Role {
    /// Enroll devices, over EST.
    EST,
    /// Answer for status: OCSP, CRLs, authorities' certificates.
    STATUS,
    /// Serve operators, and status nodes.
    ADMIN,
    /// Do what nobody asks for: CRLs, and what is due. Nodes take turns at it.
    JOBS
  }

  private static boolean isStatusNode(Set<Role> roles) {
    return roles.equals(Set.of(Role.STATUS));
  }

  private static void checkRoles(
      Set<Role> roles, Listeners listeners, Database database, Optional<IssuingNode> issuingNode) {
    if (roles.isEmpty()) {
      throw new IllegalArgumentException("roles: a node does something, or is none");
    }
    for (var role : roles) {
      if (role != Role.JOBS && listeners.of(role).isEmpty()) {
        var word = RecordBinder.word(role);
        throw new IllegalArgumentException(
            "the role " + word + " needs to know where to listen: listeners." + word);
      }
    }
    if (isStatusNode(roles) && (issuingNode.isEmpty() || database.url().isEmpty())) {
      throw new IllegalArgumentException(
          "a node whose only role is status needs "
              + (issuingNode.isEmpty() ? "an issuing_node" : "a database.url")
              + ", for it has no CA key and reads the issuing node's PostgreSQL database; make its"
              + " folder with: nameplate node init");
    }
    if (!isStatusNode(roles) && issuingNode.isPresent()) {
      throw new IllegalArgumentException(
          "with an issuing_node, the only role is status: this folder has no CA key to do more");
    }
  }

  /// Where the server listens.
  public record Listeners(
      @Setting("EST, over TLS: for devices. For nodes with the role est.") Optional<Listener> est,
      @Setting(
              "OCSP, CRLs and the authorities' certificates, over plain HTTP: for everybody. For"
                  + " nodes with the role status.")
          Optional<Listener> status,
      @Setting(
              "The admin API, over TLS with a client certificate: for operators. For nodes with the"
                  + " role admin.")
          Optional<Listener> admin,
      @Setting("Metrics and health, over plain HTTP: for monitoring; keep it on loopback.")
          Listener metrics,
      @Setting(
              "EST over CoAPs (RFC 9148), over DTLS on UDP: for constrained devices, which have a"
                  + " certificate already. Without it, it is not offered.")
          Optional<Listener> coap) {

    /// Where a role listens, if it does.
    Optional<Listener> of(Role role) {
      return switch (role) {
        case EST -> est;
        case STATUS -> status;
        case ADMIN -> admin;
        case JOBS -> Optional.empty();
      };
    }
  }

  /// One address and port.
  public record Listener(
      @Setting(value = "The address to listen on.", byDefault = "127.0.0.1") String bind,
      @Setting("The TCP port; 0 picks a free one at each start.") int port) {

    public Listener {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException("port " + port + " is not between 0 and 65535");
      }
    }
  }

  /// What the server says of itself, on stderr.
  public record Log(
      @Setting(
              value =
                  "How: text, for people; or json, an object on each line with time, level, logger,"
                      + " request_id, message and exception.",
              byDefault = "text")
          Format format) {

    /// What a line looks like.
    public enum Format {
      /// For people.
      TEXT,
      /// For machines.
      JSON
    }
  }

  /// The server's own certificate; of a status node, what it shows to the issuing node.
  public record Tls(
      @Setting(
              value = "The private key of the EST and admin listeners (PEM, mode 0600).",
              byDefault = "tls/server.key")
          Path key,
      @Setting(
              value = "Its certificate, followed by the issuing authority's (PEM).",
              byDefault = "tls/server.pem")
          Path certificate,
      @Setting(
              value = "How long a client may take for a TLS handshake or stay silent.",
              byDefault = "30s")
          Duration idleTimeout,
      @Setting(
              value =
                  "The TLS of the EST listener: conscrypt (native, fast, binds requests on TLS 1.2"
                      + " and 1.3, but takes no client keys of type ed25519, and ec-p521 on TLS"
                      + " 1.2 only), jdk (every key, binds requests on TLS 1.3), or auto:"
                      + " conscrypt, unless it does not load or an EST profile allows such keys.",
              byDefault = "auto")
          TlsStack.Preference provider) {

    public Tls {
      requirePositive("idle_timeout", idleTimeout);
    }
  }

  /// Enrollment over EST.
  public record Est(
      @Setting(value = "The profile meant by an EST path without a label.", byDefault = "device")
          String defaultLabel,
      @Setting(
              value = "When a client is told to ask again after a fault of ours.",
              byDefault = "30s")
          Duration retryAfter,
      @Setting(
              value =
                  "Whether a client may ask when to renew: draft-ietf-lamps-est-renewal-info, which"
                      + " may still change.",
              byDefault = "true")
          boolean renewalInfo,
      @Setting(
              value = "When a client is told to ask again while an operator has not approved.",
              byDefault = "60s")
          Duration approvalRetryAfter,
      @Setting(
              value =
                  "How long a request waits for an operator, an approval waits to be collected, and"
                      + " a denial is held against the same request.",
              byDefault = "7d")
          Duration approvalExpiry,
      @Setting(value = "How many requests may wait for an operator at once.", byDefault = "1000")
          int approvalQueue,
      @Setting(value = "How many of them under one label.", byDefault = "500")
          int approvalQueuePerLabel,
      @Setting(
              "The keys that devices share with this server (a file of mode 0600), for keys that are"
                  + " made here and travel encrypted: a line for each, with the device's id, the"
                  + " identifier that its requests carry and the AES key, both in hex. Read at the"
                  + " start.")
          Optional<Path> sharedKeys,
      Limits limits) {

    public Est {
      if (retryAfter.toSeconds() < 1) {
        throw new IllegalArgumentException("retry_after must be a second or more");
      }
      if (approvalRetryAfter.toSeconds() < 1 || approvalExpiry.compareTo(approvalRetryAfter) <= 0) {
        throw new IllegalArgumentException(
            "approval_retry_after must be a second or more, and approval_expiry must be longer");
      }
      if (approvalQueue < 1 || approvalQueuePerLabel < 1) {
        throw new IllegalArgumentException(
            "approval_queue and approval_queue_per_label must be 1 or more");
      }
    }

    ApprovalSettings approvals() {
      return new ApprovalSettings(
          approvalRetryAfter, approvalExpiry, approvalQueue, approvalQueuePerLabel);
    }
  }

  /// What keeps a flood from one place from keeping others out. A place is an IPv4 address or an
  /// IPv6 network of 64 bits; a factory behind one address is one place.
  public record Limits(
      @Setting(
              value =
                  "How many connections one IPv4 address or IPv6 /64 may have open at once; more are"
                      + " closed unanswered.",
              byDefault = "1000")
          int connections,
      @Setting(
              value =
                  "How many connections it may open in a minute, all at once if it was quiet before;"
                      + " more are closed unanswered.",
              byDefault = "6000")
          int newConnectionsPerMinute,
      @Setting(
              value =
                  "How many requests of it may be refused (4xx, also the 401 that asks for a"
                      + " credential) in a minute; more are answered 429 with Retry-After. What"
                      + " succeeds does not count.",
              byDefault = "1200")
          int refusalsPerMinute,
      @Setting(
              value =
                  "How long a request's body, or its head beyond tls.idle_timeout, may take to"
                      + " arrive.",
              byDefault = "30s")
          Duration requestTime) {

    public Limits {
      if (connections < 1 || newConnectionsPerMinute < 1 || refusalsPerMinute < 1) {
        throw new IllegalArgumentException("each limit must be 1 or more");
      }
      requirePositive("request_time", requestTime);
    }

    FloodLimits flood() {
      return new FloodLimits(connections, newConnectionsPerMinute, refusalsPerMinute, requestTime);
    }
  }

  /// When CRLs are made.
  public record Crl(
      @Setting(value = "From thisUpdate to nextUpdate.", byDefault = "24h") Duration validity,
      @Setting(
              value = "How old a CRL becomes before the next one is made, changed or not.",
              byDefault = "1h")
          Duration period,
      @Setting(
              value = "How old it must be before another revocation makes the next one.",
              byDefault = "15s")
          Duration debounce,
      @Setting(
              value =
                  "On how many CRLs the certificates of end entities are spread, from 1 (one CRL for"
                      + " all) to 1024. A certificate names its own; it stays there when this"
                      + " changes, and a complete CRL is published beside them.",
              byDefault = "1")
          int shards,
      @Setting(
              "Makes delta CRLs, and all lists anew at least so often, for example 5m. Without it"
                  + " there are no deltas.")
          Optional<Duration> delta,
      @Setting(
              "A folder that holds a copy of each CRL, for a web server or a CDN. Without it there is"
                  + " none.")
          Optional<Path> export) {

    public Crl {
      if (delta.filter(every -> every.compareTo(Duration.ofMinutes(1)) < 0).isPresent()) {
        throw new IllegalArgumentException("delta must be a minute or more");
      }
      if (shards < 1 || shards > CrlScope.MOST_SHARDS) {
        throw new IllegalArgumentException(
            "shards " + shards + " is not between 1 and " + CrlScope.MOST_SHARDS);
      }
      if (debounce.compareTo(period) > 0 || period.compareTo(validity) >= 0) {
        throw new IllegalArgumentException(
            "debounce must not be longer than period, and period must be shorter than validity");
      }
    }

    CrlSchedule schedule() {
      var often = delta.filter(every -> every.compareTo(period) < 0).orElse(period);
      return new CrlSchedule(validity, often, debounce.compareTo(often) > 0 ? often : debounce);
    }
  }

  /// What OCSP answers promise.
  public record Ocsp(
      @Setting(value = "From thisUpdate to nextUpdate.", byDefault = "12h") Duration validity,
      @Setting(value = "How long a cache may keep an answer.", byDefault = "5m") Duration maxAge,
      @Setting(
              value =
                  "How many megabytes of answers are remembered, to be given again without another"
                      + " signature; 0 remembers none.",
              byDefault = "64")
          int memory,
      @Setting(
              value =
                  "How old a remembered answer becomes before it is looked up and signed anew. A"
                      + " change of a status drops it at once.",
              byDefault = "1h")
          Duration refresh,
      @Setting(
              value =
                  "Whether answers that are asked for are signed anew before they are that old,"
                      + " while there is little else to sign.",
              byDefault = "true")
          boolean signAhead,
      @Setting(
              value =
                  "How many answers may be signed, or wait for it, at once; more requests are told"
                      + " to try later.",
              byDefault = "128")
          int signingQueue,
      @Setting(
              value =
                  "How many answers that are not remembered one IPv4 address or IPv6 /64 may ask"
                      + " for in a minute, all at once if it was quiet before; more are told to try"
                      + " later.",
              byDefault = "60000")
          int signaturesPerMinute,
      @Setting(
              value =
                  "What becomes of a nonce: echo (whoever sends one gets an answer of his own),"
                      + " ignore, or require.",
              byDefault = "echo")
          Nonces nonce,
      @Setting(
              value =
                  "What is said of a serial that its issuer never used: unknown, or revoked (on hold"
                      + " since 1970, RFC 6960 section 2.2).",
              byDefault = "unknown")
          NeverIssued neverIssued,
      @Setting(
              value =
                  "For how long after its end a certificate is answered for; then the answer is"
                      + " unauthorized.",
              byDefault = "30d")
          Duration retention,
      @Setting(
              value = "Whether answers say how long ago that is (archive cutoff).",
              byDefault = "false")
          boolean archiveCutoff,
      @Setting(
              value =
                  "Whether everything that an authority issued is revoked (cACompromise) once its"
                      + " own certificate is.",
              byDefault = "true")
          boolean cascade,
      @Setting(
              value =
                  "The kinds of key that sign answers. The first one signs unless a request prefers"
                      + " another one of them.",
              byDefault = "ec-p256")
          List<KeyType> keys) {

    private static final int MEGABYTE = 1 << 20;
    private static final int MOST_MEGABYTES = 64 * 1024;

    public Ocsp {
      if (validity.compareTo(Duration.ofMinutes(1)) < 0 || maxAge.compareTo(validity) >= 0) {
        throw new IllegalArgumentException(
            "validity must be a minute or more, and max_age must be shorter");
      }
      if (memory < 0 || memory > MOST_MEGABYTES) {
        throw new IllegalArgumentException(
            "memory " + memory + " is not between 0 and " + MOST_MEGABYTES);
      }
      keys = List.copyOf(keys);
      if (keys.isEmpty() || keys.stream().distinct().count() < keys.size()) {
        throw new IllegalArgumentException("keys must name at least one kind, and each one once");
      }
      if (signaturesPerMinute < 1) {
        throw new IllegalArgumentException("signatures_per_minute must be 1 or more");
      }
      // what the listener itself would not take
      Objects.requireNonNull(
          listener(
              validity,
              maxAge,
              memory,
              refresh,
              signingQueue,
              new OcspSettings.Rules(nonce, neverIssued, retention, archiveCutoff, cascade)));
    }

    OcspSettings listener() {
      return listener(
          validity,
          maxAge,
          memory,
          refresh,
          signingQueue,
          new OcspSettings.Rules(nonce, neverIssued, retention, archiveCutoff, cascade));
    }

    private static OcspSettings listener(
        Duration validity,
        Duration maxAge,
        int memory,
        Duration refresh,
        int signingQueue,
        OcspSettings.Rules rules) {
      return OcspSettings.DEFAULT
          .lasting(validity, maxAge)
          .with(new OcspSettings.Remembering((long) memory * MEGABYTE, refresh))
          .with(new OcspSettings.Signing(signingQueue, OcspSettings.Signing.USUAL.patience()))
          .with(rules);
    }
  }

  /// What becomes of devices.
  public record Devices(
      @Setting(
              value =
                  "How long a retired device is kept before it can be purged: what is personal about"
                      + " it is erased then; tombstones, receipts and the audit log stay.",
              byDefault = "90d")
          Duration retention) {

    public Devices {
      if (retention.isNegative()) {
        throw new IllegalArgumentException("devices.retention must not be negative");
      }
    }
  }

  /// How the audit log is proven.
  public record Audit(
      @Setting(
              value =
                  "The folder outside the database to which checkpoints and CRLs are copied, and with"
                      + " which the database is compared at the start. Best on another disk.",
              byDefault = "audit")
          Path folder,
      @Setting(value = "How soon what was written is signed in a checkpoint.", byDefault = "1m")
          Duration every,
      @Setting(value = "After how many rows it is signed at once.", byDefault = "1000") int rows,
      @Setting(
              "A syslog receiver (RFC 5424) to which checkpoints are sent: udp://HOST:PORT,"
                  + " tcp://HOST:PORT or tls://HOST:PORT.")
          Optional<URI> syslog,
      @Setting("For tls: the authorities that the receiver's certificate must lead to (PEM).")
          Optional<Path> syslogTrust) {

    private static final Duration AT_LEAST = Duration.ofHours(1);
    private static final Duration LATE = Duration.ofMinutes(10);

    public Audit {
      var _ = rule(every, rows);
      syslog.ifPresent(Syslog::check);
      if (syslog.filter(of -> "tls".equals(of.getScheme())).isPresent()
          != syslogTrust.isPresent()) {
        throw new IllegalArgumentException("a syslog of tls:// and syslog_trust belong together");
      }
    }

    CheckpointJob.Rule rule() {
      return rule(every, rows);
    }

    /// How old the last checkpoint may be.
    Duration late() {
      return (every.compareTo(AT_LEAST) > 0 ? every : AT_LEAST).plus(LATE);
    }

    private static CheckpointJob.Rule rule(Duration every, int rows) {
      return new CheckpointJob.Rule(every, rows, every.compareTo(AT_LEAST) > 0 ? every : AT_LEAST);
    }
  }

  /// How the service level is measured.
  public record Canary(
      @Setting(
              value =
                  "Whether a certificate is issued and revoked in each period, and looked for at"
                      + " public_url until OCSP and the CRL say so: it costs one certificate, and"
                      + " an entry in the CRL for two hours.",
              byDefault = "false")
          boolean enabled,
      @Setting(value = "From one such certificate to the next.", byDefault = "1h") Duration period,
      @Setting(
              value = "After which time a warning is given if it is not seen revoked.",
              byDefault = "60s")
          Duration limit) {

    public Canary {
      var _ = new CanarySettings(period, limit);
    }

    CanarySettings measure() {
      return new CanarySettings(period, limit);
    }
  }

  /// How devices are taken out of service.
  public record Retirement(
      @Setting(
              value =
                  "Plans that retire more devices than this, counting all that one person made within"
                      + " a day, need the approval of a second person; with 0, every one does.",
              byDefault = "10")
          int fourEyesAbove,
      @Setting(value = "How long a plan can be approved, started and resumed.", byDefault = "24h")
          Duration planExpiry) {

    public Retirement {
      var _ = new RetirementSettings(fourEyesAbove, planExpiry);
    }

    RetirementSettings rules() {
      return new RetirementSettings(fourEyesAbove, planExpiry);
    }
  }

  /// What brokers and gateways are told about connections, and what their sightings do.
  public record Connect(
      @Setting(value = "How long a broker may use an answer of POST /decide.", byDefault = "60s")
          Duration ttl,
      @Setting(
              value =
                  "Whether a device is let in with a certificate that was not seen in use since it"
                      + " was issued; if not, it has to come to EST or the admin API with it first.",
              byDefault = "true")
          boolean unconfirmed,
      @Setting(
              value =
                  "Whether a pending certificate becomes the confirmed one when a broker sees it, as"
                      + " if it had been used here. It says that every broker is trusted to tell"
                      + " the truth.",
              byDefault = "false")
          boolean confirms) {

    public Connect {
      var _ = new ConnectPolicy(ttl, unconfirmed);
    }

    ConnectPolicy policy() {
      return new ConnectPolicy(ttl, unconfirmed);
    }
  }

  /// One token with signing keys.
  public record Token(
      @Setting(
              value = "The label of the token, under which its keys are remembered.",
              byDefault = "nameplate")
          String label,
      @Setting(
              value =
                  "How it is reached: pkcs11 (a PKCS#11 library), or jca (a JCA provider, which"
                      + " signs with keys that have a certificate beside them, and makes none).",
              byDefault = "pkcs11")
          Driver driver,
      @Setting(
              "The folder of a SoftHSM token that `nameplate init` made, with its configuration and"
                  + " PIN. Either this, or module and pin_file.")
          Optional<Path> softhsm,
      @Setting("The PKCS#11 library of another token.") Optional<Path> module,
      @Setting("For jca: the name of an installed provider (SunPKCS11), or its class.")
          Optional<String> provider,
      @Setting("For jca: the file that the provider is configured with, if it takes one.")
          Optional<Path> providerConfig,
      @Setting(value = "For jca: the type of the provider's key store.", byDefault = "PKCS11")
          String keyStore,
      @Setting("The file with the token's PIN (mode 0600).") Optional<Path> pinFile,
      @Setting("Instead of a file, the systemd credential with the PIN (LoadCredential=).")
          Optional<String> pinCredential,
      @Setting(value = "How many signatures are made at once.", byDefault = "4") int sessions,
      @Setting(
              value = "How many callers may wait for a session; more are refused at once.",
              byDefault = "1024")
          int queue,
      @Setting(
              value =
                  "How long a signature may take, with the wait for a session. A call that takes"
                      + " longer is taken for one that hangs. A token that has a standby, and the"
                      + " standby, get half of it each.",
              byDefault = "10s")
          Duration deadline,
      @Setting(
              "After which time something small is asked of an idle session, for tokens that drop"
                  + " such sessions (YubiHSM 2: 20s).")
          Optional<Duration> keepAlive,
      @Setting(
              value =
                  "How RSA keys sign: pkcs1 (RSASSA-PKCS1-v1_5) or pss (RSASSA-PSS). A key that is"
                      + " tied to one of them (CKA_ALLOWED_MECHANISMS), as those are that were made"
                      + " here, keeps to it.",
              byDefault = "pkcs1")
          RsaSignatures rsaSignatures,
      @Setting(
              value =
                  "What is asked and demanded of new keys, which depends on what the token knows:"
                      + " strict, minimal, softhsm, nss, opencryptoki, luna, nshield, aws-cloudhsm,"
                      + " yubihsm2 or tpm2 (docs/pkcs11-vendors.md).",
              byDefault = "strict")
          String template,
      @Setting("A template of your own, in the same form; goes before template.")
          Optional<Path> templateFile,
      @Setting(
              "What the library is told when it is initialised, if it reads a text then as NSS does:"
                  + " `configdir='sql:/var/lib/nss' certPrefix='' keyPrefix='' secmod='secmod.db'"
                  + " flags=`.")
          Optional<String> initialization,
      @Setting(
              "Among several tokens: which new keys are made in this one; those that no token names"
                  + " are made in the first.")
          Optional<List<KeyPurpose>> keys,
      @Setting(
              "Among several tokens: the label of the one that holds the same keys, and signs when"
                  + " this one does not.")
          Optional<String> standby) {

    /// How a token is reached.
    public enum Driver {
      PKCS11,
      JCA
    }

    private static final int MOST_WAITING = 1 << 16;

    public Token {
      keys = keys.map(List::copyOf);
      if (templateFile.isEmpty()) {
        var _ = TemplateProfile.named(template);
      }
      switch (driver) {
        case PKCS11 -> requirePkcs11(softhsm, module, pinFile.isPresent(), pinCredential);
        case JCA -> requireJca(softhsm.or(() -> module), provider, pinFile, pinCredential);
      }
      if (driver == Driver.PKCS11 && (provider.isPresent() || providerConfig.isPresent())) {
        throw new IllegalArgumentException("provider and provider_config are for driver jca");
      }
      if (sessions < 1 || sessions > 256) {
        throw new IllegalArgumentException("sessions " + sessions + " is not between 1 and 256");
      }
      if (queue < 1 || queue > MOST_WAITING) {
        throw new IllegalArgumentException(
            "queue " + queue + " is not between 1 and " + MOST_WAITING);
      }
      requirePositive("deadline", deadline);
      keepAlive.ifPresent(idle -> requirePositive("keep_alive", idle));
    }

    /// The purposes for which it is named.
    Set<KeyPurpose> makes() {
      return keys.map(Set::copyOf).orElse(Set.of());
    }

    private static void requirePkcs11(
        Optional<Path> softhsm, Optional<Path> module, boolean file, Optional<String> credential) {
      boolean pin = file != credential.isPresent();
      if (softhsm.isPresent() == (module.isPresent() || file || credential.isPresent())
          || module.isPresent() != pin) {
        throw new IllegalArgumentException(
            "needs either softhsm, or both module and pin_file (or pin_credential)");
      }
    }

    private static void requireJca(
        Optional<Path> library,
        Optional<String> provider,
        Optional<Path> pinFile,
        Optional<String> pinCredential) {
      if (provider.isEmpty()
          || library.isPresent()
          || pinFile.isPresent() == pinCredential.isPresent()) {
        throw new IllegalArgumentException(
            "driver jca needs provider and either pin_file or pin_credential; its library is the"
                + " provider's matter (provider_config)");
      }
    }

    /// @throws IllegalArgumentException if the file is none
    TemplateProfile keyTemplate() {
      return templateFile.map(TemplateProfile::at).orElseGet(() -> TemplateProfile.named(template));
    }
  }

  /// Where everything else is remembered.
  public record Database(
      @Setting("The file of the embedded database, without its ending. Either this, or url.")
          Optional<Path> file,
      @Setting("The JDBC URL of a PostgreSQL database.") Optional<String> url,
      @Setting("The user of the PostgreSQL database.") Optional<String> user,
      @Setting("The file with its password (mode 0600).") Optional<Path> passwordFile) {

    public Database {
      if (file.isPresent() == url.isPresent()) {
        throw new IllegalArgumentException("needs either file or url");
      }
      if (url.isPresent() != (user.isPresent() && passwordFile.isPresent())) {
        throw new IllegalArgumentException("url, user and password_file belong together");
      }
    }
  }

  /// The node that a status node turns to.
  public record IssuingNode(
      @Setting("Its admin listener: `https://ca.example:8444`.") URI adminUrl,
      @Setting("Its EST listener, where this node renews its own certificate.") URI estUrl,
      @Setting(value = "The authorities that its TLS must lead to (PEM).", byDefault = "trust.pem")
          Path trust) {

    public IssuingNode {
      for (var url : List.of(adminUrl, estUrl)) {
        if (url.getHost() == null || !"https".equals(url.getScheme())) {
          throw new IllegalArgumentException("'" + url + "' must be an https:// URL");
        }
      }
    }
  }

  private static void requirePositive(String name, Duration duration) {
    if (!duration.isPositive()) {
      throw new IllegalArgumentException(name + " must be longer than nothing");
    }
  }
}
