package dev.nameplate.server.setup;

import java.net.URI;
import java.nio.file.Path;

/// What `nameplate node init` is told.
///
/// @param dir the folder to make
/// @param identity the folder where `nameplate est enroll NODE --label node` put what the node
///   shows to the issuing node
/// @param trust the authorities that the issuing node's TLS must lead to (PEM)
/// @param adminUrl of the issuing node
/// @param estUrl of the issuing node
/// @param publicUrl as in the certificates: the same as the issuing node's
/// @param database the issuing node's database, as a user who only reads
/// @param bind the address of the status listener
/// @param statusPort 0 picks a free one at each start; so below
/// @param metricsPort on loopback
public record NodeOptions(
    Path dir,
    Path identity,
    Path trust,
    URI adminUrl,
    URI estUrl,
    URI publicUrl,
    InitOptions.Postgresql database,
    String bind,
    int statusPort,
    int metricsPort) {}
