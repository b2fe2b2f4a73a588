/// Stores in memory that keep the same contracts as those on a database: for tests and demos.
/// Nothing here survives the process.
@NullMarked
package dev.nameplate.ca.memory;

import org.jspecify.annotations.NullMarked;
