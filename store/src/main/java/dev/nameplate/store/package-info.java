/// The stores on H2 and PostgreSQL. All SQL of Nameplate is here: the schema in `db/migration`, the
/// statements beside the ports they serve. Everything that changes something goes through the one
/// [GroupCommit] of the process. Knows no protocol, no token and no rule of its own.
@NullMarked
package dev.nameplate.store;

import org.jspecify.annotations.NullMarked;
