@NullMarked
package dev.nameplate.server.tls;

import org.jspecify.annotations.NullMarked;
