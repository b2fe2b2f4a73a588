package dev.nameplate.est;

import dev.nameplate.ca.x509.Pem;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/// The files that the programs of others are given.
final class Pems {

  private Pems() {}

  /// `trust.pem` with the authorities, `root.pem`, and what the device has: `device.key`,
  /// `device.csr` (PEM), and `device.pem` once it is enrolled.
  static void write(Path folder, EstFixture est, FakeDevice device) throws IOException {
    Files.writeString(folder.resolve("trust.pem"), Pem.encode(est.root, est.issuing));
    Files.writeString(folder.resolve("root.pem"), Pem.encode(est.root));
    Files.writeString(folder.resolve("issuing.pem"), Pem.encode(est.issuing));
    Files.writeString(folder.resolve("device.key"), device.key().toPem());
    Files.writeString(
        folder.resolve("device.csr"), Pem.encode("CERTIFICATE REQUEST", device.csr()));
    if (device.isEnrolled()) {
      Files.writeString(folder.resolve("device.pem"), Pem.encode(device.certificate()));
    }
  }
}
