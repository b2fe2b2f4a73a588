package dev.nameplate.cli.doctor;

import dev.nameplate.ca.x509.SerialNumber;
import dev.nameplate.cli.status.StatusPointers;
import java.security.cert.X509Certificate;

/// A certificate whose status is looked up.
record Subject(X509Certificate certificate, X509Certificate issuer, StatusPointers pointers) {

  /// `52ab0f… cn=pump-0017`, short enough for a column.
  static String shortly(X509Certificate certificate) {
    var serial = new SerialNumber(certificate.getSerialNumber()).hex();
    return (serial.length() > 12 ? serial.substring(0, 12) + "…" : serial)
        + " "
        + certificate.getSubjectX500Principal().getName();
  }

  @Override
  public String toString() {
    return shortly(certificate);
  }
}
