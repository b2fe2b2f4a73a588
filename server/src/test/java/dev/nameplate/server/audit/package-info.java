@NullMarked
package dev.nameplate.server.audit;

import org.jspecify.annotations.NullMarked;
