package dev.nameplate.ca.store;

import dev.nameplate.ca.signing.KeyLocation;
import dev.nameplate.ca.signing.SignerPurpose;
import dev.nameplate.ca.x509.Certificate;

/// What a node signs documents with, for one purpose: a key in a token, and its certificate.
public record ServiceSignerRecord(
    String node, SignerPurpose purpose, Certificate certificate, KeyLocation key) {}
