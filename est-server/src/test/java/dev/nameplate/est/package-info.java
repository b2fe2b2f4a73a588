/// EST over a real TLS port, grouped by the sections of RFC 7030 and RFC 8951; the ids in the names
/// of tests (U1, E12 …) are those of the project's EST checklist.
@NullMarked
package dev.nameplate.est;

import org.jspecify.annotations.NullMarked;
