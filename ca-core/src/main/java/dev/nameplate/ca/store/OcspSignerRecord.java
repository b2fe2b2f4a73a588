package dev.nameplate.ca.store;

import dev.nameplate.ca.issuer.IssuerId;
import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.x509.Certificate;

/// A delegated OCSP signer: one for each issuer and node.
public record OcspSignerRecord(
    IssuerId issuer, String node, Certificate certificate, KeyLocation key) {}
