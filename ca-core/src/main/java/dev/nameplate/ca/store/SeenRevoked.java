package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.x509.Der;
import dev.nameplate.ca.x509.SerialNumber;
import java.math.BigInteger;
import java.net.URI;
import java.time.Instant;

/// That a certificate was seen revoked where relying parties look, in both ways.
public record SeenRevoked(IssuerId issuer, SerialNumber serial, InOcsp ocsp, InCrl crl) {

  /// @param response the signed answer, as it came
  public record InOcsp(URI url, Instant at, Der response) {}

  /// @param sha256 of the whole list, in hex
  public record InCrl(URI url, Instant at, BigInteger number, String sha256) {}
}
