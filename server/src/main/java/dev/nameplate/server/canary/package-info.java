/// The service level, measured: a certificate that is revoked on purpose, and how soon relying
/// parties see it at the public URLs. Looks with the JDK's own code, which knows nothing of ours.
@NullMarked
package dev.nameplate.server.canary;

import org.jspecify.annotations.NullMarked;
