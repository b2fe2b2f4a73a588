/// An EST client (RFC 7030) for people and scripts: the protocol, and a folder in which a key and
/// its certificate are replaced together or not at all. Knows nothing of the admin API.
@NullMarked
package dev.nameplate.cli.est;

import org.jspecify.annotations.NullMarked;
