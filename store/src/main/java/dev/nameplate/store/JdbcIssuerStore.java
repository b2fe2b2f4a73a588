package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.issuer.CrlScope;
import dev.nameplate.ca.issuer.Issuer;
import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.IssuerStore;
import dev.nameplate.ca.store.OcspSignerRecord;
import dev.nameplate.ca.store.StoreException;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyFingerprint;
import dev.nameplate.ca.x509.PublicKeyInfo;
import dev.nameplate.ca.x509.UnacceptableKeyException;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Issuers, OCSP signers and profiles in the database.
final class JdbcIssuerStore implements IssuerStore {

  private final Writer writer;
  private final Reader reader;
  private final InstantSource clock;

  JdbcIssuerStore(Writer writer, Reader reader, InstantSource clock) {
    this.writer = writer;
    this.reader = reader;
    this.clock = clock;
  }

  @Override
  public void addIssuer(
      Issuer issuer, String role, CrlScope scope, KeyLocation key, AuditEvent.IssuerAdded why) {
    change(
        "add issuer " + issuer.id(),
        transaction -> {
          transaction.update(
              """
              INSERT INTO issuer (id, name, spki, role, crl_scope, added_at, active)
              VALUES (?, ?, ?, ?, ?, ?, FALSE)
              """,
              issuer.id().hex(),
              issuer.name().der(),
              issuer.publicKey().spki(),
              role,
              scope.name(),
              clock.instant());
          transaction.update(
              """
              INSERT INTO issuer_key_location (issuer_id, token, label, key_id, spki_sha256)
              VALUES (?, ?, ?, ?, ?)
              """,
              issuer.id().hex(),
              key.token(),
              key.label(),
              key.id(),
              key.fingerprint().hex());
          transaction.record(why);
          return true;
        });
  }

  @Override
  public void addIssuerCertificate(IssuerId issuer, Certificate certificate) {
    if (issuers().stream().noneMatch(record -> record.issuer().id().equals(issuer))) {
      throw new StoreException("there is no issuer " + issuer);
    }
    if (!IssuerId.of(certificate.publicKey()).equals(issuer)) {
      throw new IllegalArgumentException(certificate + " is for another key than the issuer's");
    }
    change(
        "add a certificate of issuer " + issuer,
        transaction -> {
          int added =
              transaction.update(
                  """
                  INSERT INTO issuer_certificate (issuer_id, der, der_sha256)
                  SELECT ?, ?, ?
                  WHERE NOT EXISTS (SELECT 1 FROM issuer_certificate WHERE der_sha256 = ?)
                  """,
                  issuer.hex(),
                  certificate.der(),
                  certificate.sha256(),
                  certificate.sha256());
          if (added == 1) {
            transaction.record(
                new AuditEvent.IssuerCertificateAdded(
                    issuer, certificate.serial(), certificate.sha256()));
          }
          return added == 1;
        });
  }

  @Override
  public boolean activate(IssuerId issuer, AuditEvent.IssuerActivated why) {
    var known = issuers().stream().filter(record -> record.issuer().id().equals(issuer)).findAny();
    if (known.isEmpty() || known.get().certificates().isEmpty()) {
      throw new StoreException("there is no issuer " + issuer + " with a certificate");
    }
    return change(
        "activate issuer " + issuer,
        transaction -> {
          int activated =
              transaction.update(
                  "UPDATE issuer SET active = TRUE WHERE id = ? AND NOT active", issuer.hex());
          if (activated == 1) {
            transaction.record(why);
          }
          return activated == 1;
        });
  }

  @Override
  public List<IssuerRecord> issuers() {
    return reader.readSnapshot(connection ->
        Sql.list(
            connection,
            "SELECT id, name, spki, role, crl_scope, active FROM issuer ORDER BY position",
            row ->
                new IssuerRecord(
                    issuer(row),
                    row.getString("role"),
                    new CrlScope(row.getString("crl_scope")),
                    row.getBoolean("active"),
                    certificates(connection, row.getString("id")),
                    keys(connection, row.getString("id")))));
  }

  @Override
  public Optional<Instant> lastNotAfter(IssuerId issuer) {
    return reader
        .read(connection ->
            Sql.first(
                connection,
                """
                SELECT MAX(not_after) AS last FROM certificate
                WHERE issuer_id = ? AND state = 'ISSUED'
                  AND NOT EXISTS (SELECT 1 FROM ocsp_signer
                                  WHERE ocsp_signer.der_sha256 = certificate.der_sha256)
                """,
                row -> Sql.optionalInstant(row, "last"),
                issuer.hex()))
        .flatMap(last -> last);
  }

  private static Issuer issuer(ResultSet row) throws SQLException {
    try {
      return new Issuer(
          DistinguishedName.parse(row.getBytes("name")), PublicKeyInfo.parse(row.getBytes("spki")));
    } catch (UnacceptableKeyException broken) {
      throw new StoreException("an issuer's key in the database cannot be read", broken);
    }
  }

  private static List<Certificate> certificates(Connection connection, String issuer)
      throws SQLException {
    return Sql.list(
        connection,
        "SELECT der FROM issuer_certificate WHERE issuer_id = ? ORDER BY position",
        row -> Certificates.parse(row.getBytes("der")),
        issuer);
  }

  private static List<KeyLocation> keys(Connection connection, String issuer) throws SQLException {
    return Sql.list(
        connection,
        """
        SELECT token, label, key_id, spki_sha256 FROM issuer_key_location
        WHERE issuer_id = ? ORDER BY position
        """,
        JdbcIssuerStore::location,
        issuer);
  }

  private static KeyLocation location(ResultSet row) throws SQLException {
    return new KeyLocation(
        row.getString("token"),
        row.getString("label"),
        row.getString("key_id"),
        new KeyFingerprint(row.getString("spki_sha256")));
  }

  @Override
  public void addOcspSigner(OcspSignerRecord signer, AuditEvent.OcspSignerAdded why) {
    change(
        "add OCSP signer " + signer.certificate(),
        transaction -> {
          transaction.update(
              """
              INSERT INTO ocsp_signer (der_sha256, issuer_id, node, der, token, label, key_id,
                                       spki_sha256)
              VALUES (?, ?, ?, ?, ?, ?, ?, ?)
              """,
              signer.certificate().sha256(),
              signer.issuer().hex(),
              signer.node(),
              signer.certificate().der(),
              signer.key().token(),
              signer.key().label(),
              signer.key().id(),
              signer.key().fingerprint().hex());
          transaction.record(why);
          return true;
        });
  }

  @Override
  public List<OcspSignerRecord> ocspSigners() {
    return reader.read(connection ->
        Sql.list(
            connection,
            """
            SELECT issuer_id, node, der, token, label, key_id, spki_sha256
            FROM ocsp_signer ORDER BY position
            """,
            row ->
                new OcspSignerRecord(
                    new IssuerId(row.getString("issuer_id")),
                    row.getString("node"),
                    Certificates.parse(row.getBytes("der")),
                    location(row))));
  }

  @Override
  public void recordProfile(
      CertificateProfile profile, String source, AuditEvent.ProfileRecorded why) {
    change(
        "record profile " + profile.name(),
        transaction -> {
          int added =
              transaction.update(
                  """
                  INSERT INTO profile_version (version, name, source, recorded_at)
                  SELECT ?, ?, ?, CAST(? AS BIGINT)
                  WHERE NOT EXISTS (SELECT 1 FROM profile_version WHERE version = ?)
                  """,
                  profile.version(),
                  profile.name(),
                  source,
                  clock.instant(),
                  profile.version());
          if (added == 1) {
            transaction.record(why);
          }
          return added == 1;
        });
  }

  private boolean change(String what, Work<Boolean> work) {
    // a name for all of them: they are few, and one after the other is soon enough
    return writer.submit(Lane.ISSUE, "~issuers", what, work);
  }
}
