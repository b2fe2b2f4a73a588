/// The rules of the certificate authority: what may be issued, to whom, and what is written down.
/// Nothing in here opens a file, a socket or a database.
@NullMarked
package dev.nameplate.ca;

import org.jspecify.annotations.NullMarked;
