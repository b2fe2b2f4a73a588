/// Status as a relying party meets it: where a certificate says that it can be had, how it is asked
/// for, and what comes back. Written apart from the server's codecs, so that these are not their
/// own judge, and reads what any authority publishes.
@NullMarked
package dev.nameplate.cli.status;

import org.jspecify.annotations.NullMarked;
