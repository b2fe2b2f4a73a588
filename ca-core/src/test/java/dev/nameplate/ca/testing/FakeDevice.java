package dev.nameplate.ca.testing;

import dev.nameplate.ca.device.DeviceId;
import dev.nameplate.ca.device.Owner;
import dev.nameplate.ca.x509.Csr;
import dev.nameplate.ca.x509.CsrAttribute;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.DistinguishedName;
import dev.nameplate.ca.x509.KeyType;
import dev.nameplate.ca.x509.MalformedCsrException;
import java.util.List;

/// A device with a name and a key, that can ask for certificates.
public final class FakeDevice {

  private final DeviceId id;
  private SoftwareSigningKey key;

  private FakeDevice(DeviceId id, SoftwareSigningKey key) {
    this.id = id;
    this.key = key;
  }

  public static FakeDevice named(String id) {
    return new FakeDevice(new DeviceId(id), SoftwareSigningKey.generate(KeyType.EC_P256));
  }

  public static FakeDevice named(String id, SoftwareSigningKey key) {
    return new FakeDevice(new DeviceId(id), key);
  }

  public DeviceId id() {
    return id;
  }

  public Owner owner() {
    return id.owner();
  }

  public SoftwareSigningKey key() {
    return key;
  }

  /// From now on it uses a new key.
  public void makeNewKey() {
    key = SoftwareSigningKey.generate(key.publicKey().type());
  }

  public Der request() {
    return Csr.sign(
        DistinguishedName.ofCommonName(id.value()), key.publicKey(), key.algorithm(), key::sign);
  }

  public Csr csr() {
    return csr(key, DistinguishedName.ofCommonName(id.value()));
  }

  /// The same, saying more.
  public Csr csr(CsrAttribute... attributes) {
    return parsed(
        Csr.sign(
            DistinguishedName.ofCommonName(id.value()),
            key.publicKey(),
            List.of(attributes),
            key.algorithm(),
            key::sign));
  }

  /// A request by any key for any name.
  public static Csr csr(SoftwareSigningKey key, DistinguishedName subject) {
    return parsed(Csr.sign(subject, key.publicKey(), key.algorithm(), key::sign));
  }

  private static Csr parsed(Der request) {
    try {
      return Csr.parse(request.toByteArray());
    } catch (MalformedCsrException ours) {
      throw new IllegalStateException(ours);
    }
  }
}
