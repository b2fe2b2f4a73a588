/// Status for relying parties over plain HTTP: OCSP (RFC 6960, RFC 9654, RFC 9919), CRLs and issuer
/// certificates. Knows what a certificate's status is from `ca-core` only; knows no database, no
/// token, and no other listener.
@NullMarked
package dev.nameplate.ocsp;

import org.jspecify.annotations.NullMarked;
