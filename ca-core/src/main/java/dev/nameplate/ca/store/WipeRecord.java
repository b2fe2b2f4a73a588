package dev.nameplate.ca.store;

import java.time.Instant;

/// Evidence as somebody gave it.
public record WipeRecord(WipeEvidence evidence, String by, Instant recordedAt) {}
