package dev.nameplate.est;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Certificate;
import dev.nameplate.ca.x509.KeyType;
import java.util.Optional;

/// A device: a name, a key, and after its enrollment a certificate.
final class FakeDevice {

  private final String id;
  private final SoftwareKey key;
  private Optional<Certificate> certificate = Optional.empty();

  private FakeDevice(String id, SoftwareKey key) {
    this.id = id;
    this.key = key;
  }

  static FakeDevice fresh(String id) {
    return new FakeDevice(id, SoftwareKey.generate(KeyType.EC_P256));
  }

  static FakeDevice with(String id, SoftwareKey key) {
    return new FakeDevice(id, key);
  }

  String id() {
    return id;
  }

  SoftwareKey key() {
    return key;
  }

  boolean isEnrolled() {
    return certificate.isPresent();
  }

  Certificate certificate() {
    return certificate.orElseThrow();
  }

  void install(Certificate issued) {
    certificate = Optional.of(issued);
  }

  /// The same device with a new key, and no certificate for it yet.
  FakeDevice rekeyed() {
    return fresh(id);
  }

  /// Its request; each has a signature of its own.
  byte[] csr() {
    return Requests.of(id, key);
  }
}
