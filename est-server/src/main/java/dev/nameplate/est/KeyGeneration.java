package dev.nameplate.est;

import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.profile.CertificateProfile;
import dev.nameplate.ca.profile.EnrollmentRules;
import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.store.CertificateQuery;
import dev.nameplate.ca.store.CertificateRecord;
import dev.nameplate.ca.store.CertificateStore;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.KeyRequest;
import dev.nameplate.ca.x509.MalformedCsrException;
import dev.nameplate.est.KeyEnvelope.NoCommonAlgorithmException;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;
import org.bouncycastle.asn1.ASN1Encoding;
import org.bouncycastle.asn1.cms.IssuerAndSerialNumber;
import org.bouncycastle.asn1.x500.X500Name;

/// Makes keys for devices that cannot (RFC 7030 section 4.4). A key is in memory while its one
/// answer is made, and nowhere else, ever. May be used by many threads at once.
public final class KeyGeneration {

  /// What became of a request before anything was issued.
  sealed interface Preparation {

    /// A key, the request for its certificate, and how it will travel.
    ///
    /// @param envelope empty if TLS is all its protection
    record Ready(SoftwareKey key, Csr csr, Optional<KeyEnvelope> envelope) implements Preparation {}

    record Refused(Outcome.Refused outcome) implements Preparation {}
  }

  private static final Duration BUSY = Duration.ofSeconds(5);

  /// RSA keys take seconds of a processor: no more of them at once than leave room for all else.
  private final Semaphore making =
      new Semaphore(Math.max(1, Runtime.getRuntime().availableProcessors() / 2));

  private final CertificateStore certificates;
  private final KeyEncryptionKeys shared;
  private final Supplier<KeySigner> signer;
  private final InstantSource clock;

  /// @param signer who signs keys that travel encrypted, as it is now
  public KeyGeneration(
      CertificateStore certificates,
      KeyEncryptionKeys shared,
      Supplier<KeySigner> signer,
      InstantSource clock) {
    this.certificates = certificates;
    this.shared = shared;
    this.signer = signer;
    this.clock = clock;
  }

  /// Makes the key, unless it could not be handed out. Everything that the request asks for besides
  /// a key goes on to the certificate's request, which the new key signs: so the rest of the way is
  /// that of every other request.
  ///
  /// @throws MalformedCsrException if the request cannot be read
  Preparation prepare(
      byte[] request, Owner owner, CertificateProfile profile, EnrollmentRules rules)
      throws MalformedCsrException {
    var asked = KeyRequest.parse(request);
    var plain =
        asked.decryptKeyIdentifier().isEmpty() && asked.asymmetricDecryptKeyIdentifier().isEmpty();
    Optional<KeyEnvelope> envelope = Optional.empty();
    switch (rules.serverKeygen()) {
      case OFF -> throw new IllegalStateException(profile.name() + " makes no keys");
      case PLAIN -> {}
      case ENCRYPTED -> {
        if (plain) {
          return refuse(
              403,
              "Refused: this label hands out keys only encrypted; the request names no key to"
                  + " encrypt it with (decryptKeyIdentifier or asymmetricDecryptKeyIdentifier).");
        }
      }
    }
    if (!plain) {
      var recipient = recipient(asked, owner);
      if (recipient.isEmpty()) {
        return refuse(
            400, "The key that is to encrypt the new one is not known to belong to " + owner + ".");
      }
      try {
        envelope = Optional.of(KeyEnvelope.to(recipient.get(), asked.smimeCapabilities()));
      } catch (NoCommonAlgorithmException none) {
        return refuse(400, "The new key cannot be encrypted: " + none.reason() + ".");
      }
    }
    if (!making.tryAcquire()) {
      return new Preparation.Refused(
          Outcome.Refused.later(503, "The server is busy making keys, ask again.", BUSY));
    }
    SoftwareKey key;
    try {
      key =
          SoftwareKey.generate(
              asked.wanted().filter(profile.keys()::allows).orElseGet(profile::preferredKey));
    } finally {
      making.release();
    }
    var csr =
        Csr.sign(asked.subject(), key.publicKey(), asked.attributes(), key.algorithm(), key::sign);
    return new Preparation.Ready(key, Csr.parse(csr.toByteArray()), envelope);
  }

  /// The key as it leaves, for the certificate that was issued for it.
  GeneratedKey export(Preparation.Ready ready) {
    // a copy; the provider's own goes with the garbage, there is no way to overwrite it
    var privateKeyInfo = ready.key().privateKey().getEncoded();
    if (ready.envelope().isEmpty()) {
      return new GeneratedKey(GeneratedKey.Form.PLAIN, privateKeyInfo);
    }
    try {
      return new GeneratedKey(
          GeneratedKey.Form.ENVELOPED, ready.envelope().get().seal(privateKeyInfo, signer.get()));
    } finally {
      Arrays.fill(privateKeyInfo, (byte) 0);
    }
  }

  private Optional<KeyRecipient> recipient(KeyRequest asked, Owner owner) {
    var certificate =
        asked
            .asymmetricDecryptKeyIdentifier()
            .flatMap(identifier -> certificate(identifier, owner));
    return certificate.isPresent()
        ? certificate
        : asked
            .decryptKeyIdentifier()
            .flatMap(identifier ->
                shared
                    .find(owner, identifier)
                    .map(key -> new KeyRecipient.Shared(identifier, key)));
  }

  /// A certificate that this device has from us, by its subjectKeyIdentifier or by issuer and
  /// serial: the one that it shows now, or any other that is valid.
  private Optional<KeyRecipient> certificate(Der identifier, Owner owner) {
    var now = clock.instant();
    return certificates.list(CertificateQuery.ofOwner(owner)).stream()
        .filter(record -> record.isLiveAt(now))
        .map(CertificateRecord::certificate)
        .flatMap(Optional::stream)
        .flatMap(certificate -> recipient(certificate, identifier).stream())
        .findFirst();
  }

  private static Optional<KeyRecipient> recipient(Certificate certificate, Der identifier) {
    var hex = HexFormat.of().formatHex(identifier.toByteArray());
    if (certificate.subjectKeyIdentifier().filter(hex::equals).isPresent()) {
      return Optional.of(new KeyRecipient.OfCertificate(certificate, false));
    }
    return issuerAndSerial(certificate).equals(identifier)
        ? Optional.of(new KeyRecipient.OfCertificate(certificate, true))
        : Optional.empty();
  }

  private static Der issuerAndSerial(Certificate certificate) {
    try {
      var name = X500Name.getInstance(certificate.issuer().der().toByteArray());
      return Der.of(
          new IssuerAndSerialNumber(name, certificate.serial().value())
              .getEncoded(ASN1Encoding.DER));
    } catch (IOException impossible) {
      throw new IllegalStateException("a name that was read before", impossible);
    }
  }

  private static Preparation refuse(int status, String sentence) {
    return new Preparation.Refused(Outcome.Refused.of(status, sentence));
  }
}
