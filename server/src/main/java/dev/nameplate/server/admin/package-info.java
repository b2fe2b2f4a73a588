/// The admin API: what an operator may ask and do, in JSON, over mutual TLS. Knows the rules and
/// the stores' ports; neither the database, the token nor the rest of the server.
@NullMarked
package dev.nameplate.server.admin;

import org.jspecify.annotations.NullMarked;
