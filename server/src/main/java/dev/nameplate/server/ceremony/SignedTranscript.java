package dev.nameplate.server.ceremony;

import java.nio.file.Path;

/// What was written down, and signed in a file beside it that ends with `.sig`.
///
/// @param sha256 of the text, in hex, to be read out and written on paper
public record SignedTranscript(Path file, String sha256) {}
