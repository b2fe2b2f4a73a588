/// Ports to what is remembered, and the rules that a store re-checks under its own locks. Every
/// method that changes something takes the audit event that explains it and writes both in one
/// transaction. Knows no SQL.
@NullMarked
package dev.nameplate.ca.store;

import org.jspecify.annotations.NullMarked;
