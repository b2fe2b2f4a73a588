/// How the service level is measured.
@NullMarked
package dev.nameplate.server.canary;

import org.jspecify.annotations.NullMarked;
