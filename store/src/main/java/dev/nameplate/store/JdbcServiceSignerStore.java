package dev.nameplate.store;

import dev.nameplate.ca.audit.AuditEvent;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.store.ServiceSignerRecord;
import dev.nameplate.ca.store.ServiceSignerStore;
import dev.nameplate.ca.x509.KeyFingerprint;
import java.util.List;

/// The signers of documents in the database.
final class JdbcServiceSignerStore implements ServiceSignerStore {

  private final Writer writer;
  private final Reader reader;

  JdbcServiceSignerStore(Writer writer, Reader reader) {
    this.writer = writer;
    this.reader = reader;
  }

  @Override
  public boolean addServiceSigner(ServiceSignerRecord signer, AuditEvent.ServiceSignerAdded why) {
    var certificate = signer.certificate();
    return writer.submit(
        Lane.ISSUE,
        "~signers",
        "add signer " + certificate,
        transaction -> {
          int added =
              transaction.update(
                  """
                  INSERT INTO service_signer (der_sha256, node, purpose, der, token, label, key_id,
                                              spki_sha256)
                  SELECT ?, ?, ?, ?, ?, ?, ?, ?
                  WHERE NOT EXISTS (SELECT 1 FROM service_signer WHERE der_sha256 = ?)
                  """,
                  certificate.sha256(),
                  signer.node(),
                  signer.purpose(),
                  certificate.der(),
                  signer.key().token(),
                  signer.key().label(),
                  signer.key().id(),
                  signer.key().fingerprint().hex(),
                  certificate.sha256());
          if (added == 1) {
            transaction.record(why);
          }
          return added == 1;
        });
  }

  @Override
  public List<ServiceSignerRecord> serviceSigners() {
    return reader.read(connection ->
        Sql.list(
            connection,
            """
            SELECT node, purpose, der, token, label, key_id, spki_sha256
            FROM service_signer ORDER BY position
            """,
            row ->
                new ServiceSignerRecord(
                    row.getString("node"),
                    SignerPurpose.valueOf(row.getString("purpose")),
                    Certificates.parse(row.getBytes("der")),
                    new KeyLocation(
                        row.getString("token"),
                        row.getString("label"),
                        row.getString("key_id"),
                        new KeyFingerprint(row.getString("spki_sha256"))))));
  }
}
