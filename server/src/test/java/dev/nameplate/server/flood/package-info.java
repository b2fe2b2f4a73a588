/// Tests of the limits for each source.
@NullMarked
package dev.nameplate.server.flood;

import org.jspecify.annotations.NullMarked;
