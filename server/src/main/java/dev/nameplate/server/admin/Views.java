package dev.nameplate.server.admin;

import dev.nameplate.ca.issuer.StatusUrls;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.IssuerRecord;
import dev.nameplate.ca.store.OwnerLife;
import dev.nameplate.ca.store.OwnerRecord;
import dev.nameplate.ca.store.PendingRequest;
import dev.nameplate.ca.store.RevocationRecord;
import dev.nameplate.ca.store.SecretRecord;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Pem;
import dev.nameplate.ca.x509.SerialNumber;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What is remembered, as the API shows it.
final class Views {

  private final StatusUrls urls;

  Views(StatusUrls urls) {
    this.urls = urls;
  }

  AdminApi.Device device(OwnerRecord record) {
    return new AdminApi.Device(
        record.owner().id(),
        Parameters.word(record.state()),
        record.epoch(),
        record.label(),
        record.registeredAt(),
        record.retiredAt().orElse(null),
        record.attributes().model().orElse(null),
        record.attributes().site().orElse(null),
        record.attributes().group().orElse(null),
        record.attributes().lot().orElse(null),
        record.attributes().owner().orElse(null),
        record.attributes().hardwareSerial().orElse(null));
  }

  AdminApi.DeviceDetail device(
      OwnerRecord record, OwnerLife life, List<CertificateRecord> certificates) {
    return new AdminApi.DeviceDetail(
        device(record),
        certificates(certificates),
        life.epochs().stream()
            .map(epoch ->
                new LifecycleApi.Epoch(
                    epoch.number(),
                    epoch.label(),
                    epoch.openedAt(),
                    epoch.retiredAt().orElse(null),
                    epoch.finishedAt().orElse(null)))
            .toList(),
        life.suspension()
            .map(hold ->
                new LifecycleApi.Suspension(
                    hold.since(), hold.until().orElse(null), hold.reason(), hold.by()))
            .orElse(null));
  }

  List<AdminApi.Certificate> certificates(List<CertificateRecord> records) {
    return records.stream().map(this::certificate).toList();
  }

  AdminApi.Certificate certificate(CertificateRecord record) {
    return certificate(record, null);
  }

  AdminApi.Certificate certificateWithPem(CertificateRecord record) {
    return certificate(record, record.certificate().map(Pem::encode).orElse(null));
  }

  private AdminApi.Certificate certificate(CertificateRecord record, @Nullable String pem) {
    return new AdminApi.Certificate(
        record.serial().hex(),
        record.issuer().hex(),
        record.owner().toString(),
        record.label(),
        Parameters.word(record.state()),
        record.slot().map(Parameters::word).orElse(null),
        record.certificate().map(issued -> issued.subject().toString()).orElse(null),
        record.notBefore(),
        record.notAfter(),
        record.certificate().map(issued -> issued.publicKey().type().text()).orElse(null),
        record.certificate().map(Certificate::sha256).orElse(null),
        record.confirmedAt().orElse(null),
        record.dueAt().orElse(null),
        record.replaces().map(SerialNumber::hex).orElse(null),
        urls.crl(record.issuer(), record.scope()),
        record.revocation().map(Views::revocation).orElse(null),
        pem);
  }

  List<AdminApi.Issuer> issuers(List<IssuerRecord> all) {
    return all.stream().map(record -> issuer(record, all)).toList();
  }

  AdminApi.Issuer issuer(IssuerRecord record, List<IssuerRecord> all) {
    var id = record.issuer().id();
    return new AdminApi.Issuer(
        id.hex(),
        record.issuer().name().toString(),
        record.role(),
        state(record, all),
        record.issuer().publicKey().type().text(),
        record.certificates().stream()
            .map(Certificate::notAfter)
            .max(Comparator.naturalOrder())
            .orElse(null),
        record.certificates().stream().map(each -> certificate(each, all)).toList(),
        urls.crl(id, record.scope()),
        urls.ocsp(),
        urls.certificate(id));
  }

  private static String state(IssuerRecord record, List<IssuerRecord> all) {
    if (!record.active()) {
      return "announced";
    }
    var newest =
        all.stream()
            .filter(other -> other.active() && other.role().equals(record.role()))
            .reduce((_, newer) -> newer);
    return newest.filter(record::equals).isPresent() ? "active" : "superseded";
  }

  private static AdminApi.IssuerCertificate certificate(
      Certificate certificate, List<IssuerRecord> all) {
    var by =
        all.stream()
            .map(IssuerRecord::issuer)
            .filter(issuer -> issuer.name().equals(certificate.issuer()))
            .filter(issuer -> certificate.isSignedBy(issuer.publicKey()))
            .findFirst();
    return new AdminApi.IssuerCertificate(
        certificate.serial().hex(),
        by.map(issuer -> issuer.id().hex()).orElse(""),
        certificate.notBefore(),
        certificate.notAfter(),
        certificate.sha256());
  }

  AdminApi.PendingRequest request(PendingRequest request, Instant now) {
    return new AdminApi.PendingRequest(
        request.id().value(),
        request.owner().toString(),
        request.label(),
        Parameters.word(request.stateAt(now)),
        request.subject(),
        request.key().hex(),
        request.credential(),
        request.origin().request(),
        request.origin().address(),
        request.requestedAt(),
        request.expiresAt(),
        request.decision().map(PendingRequest.Decision::at).orElse(null),
        request.decision().map(PendingRequest.Decision::by).orElse(null),
        request.decision().flatMap(PendingRequest.Decision::reason).orElse(null),
        Pem.encode("CERTIFICATE REQUEST", request.csr().toByteArray()));
  }

  AdminApi.SecretStanding secret(SecretRecord secret, Instant now) {
    return new AdminApi.SecretStanding(
        secret.id(),
        secret.usesLeft(),
        secret.expiresAt(),
        Prospect.whyNot(secret, now).orElse("usable"));
  }

  private static AdminApi.Revocation revocation(RevocationRecord record) {
    return new AdminApi.Revocation(
        record.at(), record.reason().rfcName(), record.invalidityDate().orElse(null));
  }
}
