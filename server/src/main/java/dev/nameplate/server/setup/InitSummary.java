package dev.nameplate.server.setup;

import java.net.URI;
import java.nio.file.Path;
import java.time.Instant;

/// What `nameplate init` made. Fingerprints are SHA-256 over the whole certificate, in hex.
///
/// @param settings nameplate.yaml
/// @param trust what clients are given: the certificates of both authorities
/// @param context what the command line needs to talk to the admin API
public record InitSummary(
    Path dir,
    Path settings,
    Path trust,
    Path context,
    Path adminCertificate,
    Path adminKey,
    String rootName,
    String rootFingerprint,
    Instant rootNotAfter,
    String issuingName,
    String issuingFingerprint,
    Instant issuingNotAfter,
    URI estUrl,
    URI statusUrl,
    URI adminUrl,
    URI metricsUrl) {}
