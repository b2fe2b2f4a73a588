package dev.nameplate.cli.est;

import dev.nameplate.ca.signing.SoftwareKey;
import dev.nameplate.ca.x509.Csr;
import java.nio.file.Path;

/// A request that is on disk with its key, and may or may not have reached the server. Sent again,
/// it gets the same certificate.
public record Attempt(Path folder, SoftwareKey key, Csr csr) {}
