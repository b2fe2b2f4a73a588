/// What keeps the EST listener open for everybody while somebody floods it: each source of
/// connections has its share, and nobody may take as long as he likes. Knows addresses and HTTP;
/// nothing of EST or of who may do what.
@NullMarked
package dev.nameplate.server.flood;

import org.jspecify.annotations.NullMarked;
