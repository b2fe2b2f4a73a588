/// What `nameplate init` does: a folder with a token, a root and an issuing authority, and every
/// certificate that the first start needs.
@NullMarked
package dev.nameplate.server.setup;

import org.jspecify.annotations.NullMarked;
