/// The status listener as relying parties see it: over a real Jetty, with keys in memory, grouped
/// by RFC section. Ids such as o06 are lines of the project's revocation checklist.
@NullMarked
package dev.nameplate.ocsp;

import org.jspecify.annotations.NullMarked;
